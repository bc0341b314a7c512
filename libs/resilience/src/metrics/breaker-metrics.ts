import { Injectable } from '@nestjs/common';
import { ChannelSubscriber, counter, gauge } from '@frontier/telemetry';
import { type BreakerState, type BreakerStateChange, breakerStateChannel } from '../breaker-state.js';

const VALUES: Record<BreakerState, number> = { closed: 0, 'half-open': 1, open: 2 };

/** Metrics of circuit breakers: their openings and states. */
@Injectable()
export class BreakerMetrics extends ChannelSubscriber {
  private readonly openings = counter('circuit_breaker_open_total', 'Times that a circuit breaker opened.', 'name');
  private readonly state = gauge('circuit_breaker_state', '0: closed, 1: half-open, 2: open.', 'name');

  constructor() {
    super();
    this.subscribe<BreakerStateChange>(breakerStateChannel, ({ name, state }) => {
      this.state.set({ name }, VALUES[state]);
      this.openings.inc({ name }, state === 'open' ? 1 : 0);
    });
  }
}
