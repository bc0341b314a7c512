import type { RateLimitStore, Reservation, Window } from './rate-limit-store.js';
import { SlidingWindow, type WindowState } from './sliding-window.js';

/** Callers whose windows a call checks for being empty. */
const SWEPT_PER_CALL = 2;

/** Windows of this process. Those of callers that have gone are removed as others come. */
export class MemoryRateLimitStore implements RateLimitStore {
  /** Least recently used first. */
  private readonly windows = new Map<string, SlidingWindow>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Number of windows. */
  get size(): number {
    return this.windows.size;
  }

  hit({ key, limit, windowMs }: Window): WindowState {
    const nowMs = this.now();
    return this.window(key, windowMs, nowMs).take(1, limit, nowMs);
  }

  reserve({ key, limit, windowMs }: Window, amount: number): Reservation {
    const nowMs = this.now();
    const window = this.window(key, windowMs, nowMs);
    const { entry, ...state } = window.take(amount, limit, nowMs);
    return { state, settle: (needed) => entry && window.settle(entry, needed, this.now()) };
  }

  private window(key: string, windowMs: number, nowMs: number): SlidingWindow {
    let window = this.windows.get(key);
    if (window?.windowMs !== windowMs) window = new SlidingWindow(windowMs);
    this.windows.delete(key);
    this.sweep(nowMs);
    this.windows.set(key, window);
    return window;
  }

  private sweep(nowMs: number): void {
    let left = SWEPT_PER_CALL;
    for (const [key, window] of this.windows) {
      if (left-- === 0 || !window.isEmpty(nowMs)) return;
      this.windows.delete(key);
    }
  }
}
