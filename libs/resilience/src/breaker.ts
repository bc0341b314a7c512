import { circuitBreaker, CircuitState, type CircuitBreakerPolicy, ConsecutiveBreaker, handleWhen } from 'cockatiel';
import { type BreakerState, breakerStateChannel } from './breaker-state.js';
import { circuitOpen } from './resilience.errors.js';
import { type BreakerOptions, DEFAULT_BREAKER_OPTIONS } from './resilience.options.js';

const STATES: Record<CircuitState, BreakerState> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
};

/** Leave to use what a breaker guards. Exactly one method must be called, once, when it is known how that went. */
export interface Permit {
  succeed(): void;
  /** An error that is no fault of what is guarded counts as {@link abandon}. */
  fail(error: unknown): void;
  /** It is not known: the caller left, or made a mistake. */
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
  private readonly policy: CircuitBreakerPolicy;
  private readonly counted = new WeakSet<object>();
  private openedAt = 0;
  private published: BreakerState | undefined;
  /** Counts the changes of state. */
  private epoch = 0;
  /** Probes that were let through and given back undecided: the next calls take their places. */
  private readonly freeProbes: PromiseWithResolvers<void>[] = [];
  private probes = 0;

  constructor(
    readonly name: string,
    options: BreakerOptions = {},
  ) {
    this.options = { ...DEFAULT_BREAKER_OPTIONS, ...options };
    const { failureThreshold, openMs, halfOpenProbes } = this.options;
    this.policy = circuitBreaker(
      handleWhen(() => true),
      {
        halfOpenAfter: openMs,
        halfOpenSampling: { calls: halfOpenProbes, threshold: 0 },
        breaker: new ConsecutiveBreaker(failureThreshold),
      },
    );
    this.policy.onStateChange((state) => {
      this.epoch++;
      this.freeProbes.length = this.probes = 0;
      if (state === CircuitState.Open) {
        this.openedAt = Date.now();
        // The policy waits for the next call to see that its time is over.
        setTimeout(() => this.publish(), openMs).unref();
      }
      this.publish();
    });
    this.publish();
  }

  get state(): BreakerState {
    const { state } = this.policy;
    const isDue = state === CircuitState.Open && Date.now() >= this.openedAt + this.options.openMs;
    return isDue ? 'half-open' : STATES[state];
  }

  private publish(): void {
    const { name, state } = this;
    if (state === this.published || !this.options.isPublished) return;
    this.published = state;
    breakerStateChannel.publish({ name, state });
  }

  /**
   * Asks for leave to make a call that takes longer than one promise, such as a stream.
   * @throws `circuit_open`
   */
  admit(): Permit {
    if (this.policy.state === CircuitState.HalfOpen) {
      const free = this.freeProbes.pop();
      if (free) return this.permit(free, true);
      if (this.probes >= this.options.halfOpenProbes) throw this.refusal();
    }
    const outcome = Promise.withResolvers<void>();
    let admitted = false;
    // The policy calls back at once, or not at all.
    this.policy
      .execute(() => {
        admitted = true;
        return outcome.promise;
      })
      .catch(() => {});
    if (!admitted) throw this.refusal();
    const isProbe = this.policy.state === CircuitState.HalfOpen;
    if (isProbe) this.probes++;
    return this.permit(outcome, isProbe);
  }

  /**
   * Makes a call, and notes how it went.
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

  private permit(outcome: PromiseWithResolvers<void>, isProbe: boolean): Permit {
    const { epoch } = this;
    // How a call ends that was let in under an earlier state says nothing about this one.
    const isCurrent = (): boolean => epoch === this.epoch;
    const abandon = (): void => {
      if (isProbe && isCurrent()) this.freeProbes.push(outcome);
    };
    return {
      succeed: () => {
        if (isCurrent()) outcome.resolve();
      },
      abandon,
      fail: (error) => {
        if (!this.isNewFault(error)) abandon();
        else if (isCurrent()) outcome.reject(error);
      },
    };
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
