import { createHash } from 'node:crypto';
import type { RedisClient } from './redis-connection.js';

/** A Lua script that Redis runs as one atomic step (https://redis.io/docs/latest/develop/interact/programmability/eval-intro/). */
export class RedisScript {
  private readonly sha1: string;

  constructor(private readonly source: string) {
    this.sha1 = createHash('sha1').update(source).digest('hex');
  }

  /** Runs it by its digest, and sends the source where Redis does not know it, as after a restart. */
  async run(client: RedisClient, keys: string[], args: readonly (string | number)[]): Promise<unknown> {
    const options = { keys, arguments: args.map(String) };
    try {
      return await client.evalSha(this.sha1, options);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(this.source, options);
    }
  }
}
