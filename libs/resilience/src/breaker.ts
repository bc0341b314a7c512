import { type BreakerState, breakerStateChannel } from './breaker-state.js';
import { circuitOpen } from './resilience.errors.js';
import { type BreakerOptions, DEFAULT_BREAKER_OPTIONS } from './resilience.options.js';

/** A timer cannot hold more. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Permission for one guarded call. Exactly one method must be called, once, when the outcome is known. */
export interface Permit {
  succeed(): void;
  /** An error that is no fault of the guarded resource counts as {@link abandon}. */
  fail(error: unknown): void;
  /** The outcome is unknown: the caller left, or made a mistake. */
  abandon(): void;
}

/**
 * A circuit breaker, by name (https://martinfowler.com/bliki/CircuitBreaker.html). After `failureThreshold` faults in a
 * row it refuses all calls for `openMs`, then lets `halfOpenProbes` through: if they succeed it closes, else it opens again.
 *
 * One fault may end many calls: an error object that many of them fail with counts once.
 */
export class Breaker {
  private readonly options: Required<BreakerOptions>;
  private readonly counted = new WeakSet<object>();
  private current: BreakerState = 'closed';
  private openedAt = 0;
  /** Number of state changes so far. */
  private epoch = 0;
  /** Faults in a row while closed. */
  private faults = 0;
  /** Probes in progress or succeeded while half-open. */
  private probes = 0;
  private successes = 0;

  constructor(
    readonly name: string,
    options: BreakerOptions = {},
  ) {
    this.options = { ...DEFAULT_BREAKER_OPTIONS, ...options };
    this.publish();
  }

  get state(): BreakerState {
    const isDue = this.current === 'open' && Date.now() >= this.openedAt + this.options.openMs;
    return isDue ? 'half-open' : this.current;
  }

  /**
   * Asks for permission to make a call that takes longer than one promise, such as a stream.
   * @throws `circuit_open`
   */
  admit(): Permit {
    this.halfOpenIfDue();
    if (this.current !== 'closed') {
      if (this.current === 'open' || this.probes >= this.options.halfOpenProbes) throw this.refusal();
      this.probes++;
    }
    const { epoch } = this;
    // The outcome of a call that was admitted in an earlier state says nothing about this one.
    const isCurrent = (): boolean => epoch === this.epoch;
    return {
      succeed: () => {
        if (isCurrent()) this.onSuccess();
      },
      abandon: () => {
        if (isCurrent()) this.onAbandon();
      },
      fail: (error) => {
        const isFault = this.isNewFault(error);
        if (!isCurrent()) return;
        if (isFault) this.onFault();
        else this.onAbandon();
      },
    };
  }

  /**
   * Makes a call, and records its outcome.
   * @throws `circuit_open`, else what the call throws
   */
  async execute<T>(call: () => Promise<T>): Promise<T> {
    const permit = this.admit();
    try {
      const result = await call();
      permit.succeed();
      return result;
    } catch (error) {
      permit.fail(error);
      throw error;
    }
  }

  private onSuccess(): void {
    this.faults = 0;
    if (this.current === 'half-open' && ++this.successes >= this.options.halfOpenProbes) this.enter('closed');
  }

  private onFault(): void {
    if (this.current === 'closed' && ++this.faults < this.options.failureThreshold) return;
    this.openedAt = Date.now();
    this.enter('open');
    // Published on time, also where nobody calls.
    const { epoch } = this;
    const halfOpen = (): void => {
      if (epoch === this.epoch) this.enter('half-open');
    };
    setTimeout(halfOpen, Math.min(this.options.openMs, MAX_TIMER_MS)).unref();
  }

  /** Hands the place of a probe to the next call. */
  private onAbandon(): void {
    if (this.current === 'half-open') this.probes--;
  }

  private halfOpenIfDue(): void {
    if (this.state !== this.current) this.enter('half-open');
  }

  private enter(state: BreakerState): void {
    this.current = state;
    this.epoch++;
    this.faults = this.probes = this.successes = 0;
    this.publish();
  }

  private publish(): void {
    if (this.options.isPublished) breakerStateChannel.publish({ name: this.name, state: this.current });
  }

  private isNewFault(error: unknown): boolean {
    if (!this.options.isFault(error)) return false;
    if (typeof error !== 'object' || error === null) return true;
    if (this.counted.has(error)) return false;
    this.counted.add(error);
    return true;
  }

  private refusal(): Error {
    return circuitOpen(this.name, Math.max(1000, this.openedAt + this.options.openMs - Date.now()));
  }
}
