import { Injectable } from '@nestjs/common';
import { tooManyConcurrent } from './rate-limit.errors.js';

/** Counts the running requests of each caller, in this process. */
@Injectable()
export class ConcurrencyLimiter {
  private readonly running = new Map<string, number>();

  /**
   * Takes a place for a request of a caller.
   * @returns a function that gives the place back; call it once, when the request has ended
   * @throws `rate_limit_exceeded`
   */
  acquire(caller: string, limit: number): () => void {
    const count = this.running.get(caller) ?? 0;
    if (count >= limit) throw tooManyConcurrent(limit);
    this.running.set(caller, count + 1);
    return () => {
      const left = this.running.get(caller)! - 1;
      if (left === 0) this.running.delete(caller);
      else this.running.set(caller, left);
    };
  }
}
