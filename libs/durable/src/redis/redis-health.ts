import type { Redis } from 'ioredis';
import { Logger } from '@nestjs/common';
import { messageOf } from '@frontier/errors';

const PROBE_KEY = 'frontier:jobs:probe';
export const PROBE_EVERY_MS = 1000;
/** A wall clock that goes back by more was set back. */
export const CLOCK_STEP_MS = 1000;

/** Fitness of a Redis to keep jobs: it answers, takes writes, and never evicts. */
export class RedisHealth {
  private readonly logger = new Logger('Jobs');
  /** The reason why it must not be used: it would lose jobs. */
  refusal: string | undefined;
  /** The reason why it refuses writes, in its own words, while it does. */
  private writeRefusal: string | undefined;
  private wallAhead = Date.now() - performance.now();

  constructor(
    private readonly redis: Redis,
    private readonly address: string,
  ) {}

  /** Begins to log when Redis is lost. */
  watch(): void {
    let isLost = false;
    this.redis.on('error', (error) => {
      if (!isLost) this.logger.error(`${this.address}: ${messageOf(error)}. Jobs are refused until it answers.`);
      isLost = true;
    });
    this.redis.on('ready', () => (isLost = false));
  }

  get isAvailable(): boolean {
    return this.redis.status === 'ready' && (this.refusal ?? this.writeRefusal) === undefined;
  }

  get unavailability(): string | undefined {
    if (this.isAvailable) return undefined;
    return this.refusal ?? `${this.address}: ${this.writeRefusal ?? 'it does not answer'}`;
  }

  /** Reads the policy of eviction; one other than `noeviction` refuses the Redis. */
  async checkPolicy(): Promise<void> {
    const policy = /maxmemory_policy:(\S+)/.exec(await this.redis.info('memory'))?.[1];
    this.refusal =
      policy === 'noeviction'
        ? undefined
        : `JOBS_REDIS_URL: this Redis evicts (maxmemory-policy ${policy}), and would lose jobs. Set it to noeviction.`;
  }

  /** Refuses writes until the next probe that succeeds. */
  fail(error: unknown): void {
    this.writeRefusal ??= messageOf(error);
  }

  /**
   * Tries a write: a replica, or a Redis without memory or disk, answers reads as ever.
   * @returns `recovered` where writes were refused until now
   */
  async probe(): Promise<'refused' | 'recovered' | 'available'> {
    try {
      await this.redis.set(PROBE_KEY, '', 'PX', PROBE_EVERY_MS);
    } catch (error) {
      const reason = messageOf(error);
      if (this.writeRefusal === undefined)
        this.logger.error(`${this.address}: ${reason} Jobs are refused until writes are taken again.`);
      this.writeRefusal = reason;
      return 'refused';
    }
    if (this.writeRefusal === undefined) return 'available';
    this.writeRefusal = undefined;
    this.logger.log('Writes are taken again.');
    return 'recovered';
  }

  /** Tells whether the wall clock was set back since the last call. */
  wasClockSetBack(): boolean {
    const ahead = Date.now() - performance.now();
    const change = ahead - this.wallAhead;
    this.wallAhead = ahead;
    if (change >= -CLOCK_STEP_MS) return false;
    this.logger.warn(`The clock was set back by ${Math.round(-change / 1000)} s.`);
    return true;
  }
}
