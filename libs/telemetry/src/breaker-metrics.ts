import { Injectable } from '@nestjs/common';
import { type BreakerState, type BreakerStateChange, breakerStateChannel } from '@frontier/resilience';
import { ChannelSubscriber } from './channel-subscriber.js';
import { counter, gauge } from './metric.js';

const VALUES: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** Counts the openings of circuit breakers, and tells their states. */
@Injectable()
export class BreakerMetrics extends ChannelSubscriber {
  private readonly openings = counter('circuit_breaker_open_total', 'Times that a circuit breaker opened.', 'name');
  private readonly state = gauge('circuit_breaker_state', '0: closed, 1: half-open, 2: open.', 'name');

  constructor() {
    super();
    this.hear<BreakerStateChange>(breakerStateChannel, ({ name, state }) => {
      this.state.set({ name }, VALUES[state]);
      this.openings.inc({ name }, state === 'open' ? 1 : 0);
    });
  }
}
