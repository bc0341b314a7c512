import { tooManyConcurrent } from './rate-limit.errors.js';

/** Counts what each client has running. */
export class Concurrency {
  private readonly running = new Map<string, number>();

  /**
   * Lets a request of a client in.
   * @returns what must be called when it has ended, once
   * @throws `rate_limit_exceeded`
   */
  enter(client: string, limit: number): () => void {
    const count = this.running.get(client) ?? 0;
    if (count >= limit) throw tooManyConcurrent(limit);
    this.running.set(client, count + 1);
    return () => {
      const left = this.running.get(client)! - 1;
      if (left === 0) this.running.delete(client);
      else this.running.set(client, left);
    };
  }
}
