import { Injectable } from '@nestjs/common';
import { ChannelSubscriber, counter, gauge } from '@frontier/telemetry';
import { type EngineStateChange, engineStateChannel } from '../channels/engine-channels.js';

/** Metrics of models that come and go. */
@Injectable()
export class ResidencyMetrics extends ChannelSubscriber {
  private readonly ready = gauge(
    'inference_model_ready',
    'Whether the model is in memory and ready: 1, else 0.',
    'model',
  );
  private readonly loads = counter('inference_model_loads_total', 'Times that the model became ready.', 'model');
  private readonly failures = counter(
    'inference_model_load_failures_total',
    'Loads of the model that failed.',
    'model',
  );
  private readonly unloads = counter('inference_model_unloads_total', 'Times that the model left the memory.', 'model');

  constructor() {
    super();
    this.subscribe<EngineStateChange>(engineStateChannel, (change) => this.onState(change));
  }

  private onState({ model, state: { phase } }: EngineStateChange): void {
    this.ready.set({ model }, phase === 'ready' ? 1 : 0);
    if (phase === 'ready') this.loads.inc({ model });
    if (phase === 'failed') this.failures.inc({ model });
    if (phase === 'unloaded') this.unloads.inc({ model });
  }
}
