import { Injectable } from '@nestjs/common';
import { ChannelSubscriber, counter } from '@frontier/telemetry';
import { type EngineStep, engineStepChannel } from '../channels/engine-channels.js';

/** Metrics of speculative decoding. */
@Injectable()
export class SpeculationMetrics extends ChannelSubscriber {
  private readonly drafted = counter(
    'inference_speculation_drafted_tokens_total',
    'Tokens that were drafted and verified.',
    'model',
  );
  private readonly accepted = counter(
    'inference_speculation_accepted_tokens_total',
    'Tokens that were drafted, verified and found to be the next ones.',
    'model',
  );

  constructor() {
    super();
    this.subscribe<EngineStep>(engineStepChannel, (step) => this.onStep(step));
  }

  private onStep({ model, report: { speculation } }: EngineStep): void {
    if (!speculation) return;
    this.drafted.inc({ model }, speculation.drafted);
    this.accepted.inc({ model }, speculation.accepted);
  }
}
