import type { RateLimitStore, Reservation, Window } from './rate-limit-store.js';
import type { WindowState } from './sliding-window.js';

/** One store, and another for the calls that fail on it: a limiter that is down must not refuse anybody. */
export class FallbackRateLimitStore implements RateLimitStore {
  constructor(
    private readonly first: RateLimitStore,
    private readonly second: RateLimitStore,
  ) {}

  async hit(window: Window): Promise<WindowState> {
    try {
      return await this.first.hit(window);
    } catch {
      return this.second.hit(window);
    }
  }

  async reserve(window: Window, amount: number): Promise<Reservation> {
    try {
      return await this.first.reserve(window, amount);
    } catch {
      return this.second.reserve(window, amount);
    }
  }
}
