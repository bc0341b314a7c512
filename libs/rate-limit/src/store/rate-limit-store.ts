import type { WindowState } from './sliding-window.js';

/** A window of one caller. */
export interface Window {
  key: string;
  limit: number;
  windowMs: number;
}

/** An amount that is reserved before the real one is known. */
export interface Reservation {
  state: WindowState;
  /** Corrects the amount to the real one; 0 gives all back. Only where it was allowed. */
  settle(amount: number): void;
}

/**
 * Store of sliding windows. Bind another one with `RateLimitModule.forRoot({ store })`. Each call is one atomic
 * decision: however many run at once, no window ever lets more than its limit pass.
 */
export interface RateLimitStore {
  /** Takes 1, if there is room. */
  hit(window: Window): WindowState | Promise<WindowState>;
  /** Takes an amount, if there is room. */
  reserve(window: Window, amount: number): Reservation | Promise<Reservation>;
}

export const RateLimitStore = Symbol('RateLimitStore');
