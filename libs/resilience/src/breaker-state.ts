import { channel } from 'node:diagnostics_channel';

/** `open` refuses every call; `half-open` lets a few through, to see. */
export type BreakerState = 'closed' | 'open' | 'half-open';

/** What {@link breakerStateChannel} carries. */
export interface BreakerStateChange {
  name: string;
  state: BreakerState;
}

/** Publishes a {@link BreakerStateChange} whenever a circuit breaker changes its state (`node:diagnostics_channel`). */
export const breakerStateChannel = channel('frontier.breaker.state');
