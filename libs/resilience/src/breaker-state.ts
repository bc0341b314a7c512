import { channel } from 'node:diagnostics_channel';

/** State of a circuit breaker: `open` refuses every call, `half-open` lets a few probes through. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** Message of {@link breakerStateChannel}. */
export interface BreakerStateChange {
  name: string;
  state: BreakerState;
}

/** Publishes a {@link BreakerStateChange} whenever a circuit breaker changes its state (`node:diagnostics_channel`). */
export const breakerStateChannel = channel('frontier.breaker.state');
