import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import {
  type EncoderStep,
  encoderStepChannel,
  type EngineIdle,
  engineIdleChannel,
  type EngineQueue,
  engineQueueChannel,
  type EngineStateChange,
  engineStateChannel,
  type EngineStep,
  engineStepChannel,
  type TensorStep,
  tensorStepChannel,
} from '@frontier/batching';
import { ChannelSubscriber, requestChannel, type RequestRecord } from '@frontier/telemetry';
import { MAX_POINTS } from '../protocol/events.schema.js';
import { LoopDelay } from './loop-delay.js';
import { ModelStats } from './model-stats.js';

/** Measures the models and the event loop: what the other packages publish, summed up by the second. */
@Injectable()
export class StatsListener extends ChannelSubscriber implements OnModuleInit, OnApplicationShutdown {
  readonly loop = new LoopDelay();
  /** By model. */
  readonly models = new Map<string, ModelStats>();
  /** The end of the last whole second, in milliseconds since 1970. */
  at = Date.now();

  constructor() {
    super();
    this.subscribe<EngineStep>(engineStepChannel, (step) => this.of(step.model).onStep(step));
    this.subscribe<EncoderStep>(encoderStepChannel, (step) => this.of(step.model).onEncoderStep(step));
    this.subscribe<TensorStep>(tensorStepChannel, (step) => this.of(step.model).onTensorStep(step));
    this.subscribe<EngineIdle>(engineIdleChannel, (idle) => this.of(idle.model).onIdle(idle));
    this.subscribe<EngineQueue>(engineQueueChannel, (queue) => this.of(queue.model).onQueue(queue));
    this.subscribe<EngineStateChange>(engineStateChannel, ({ model, state }) =>
      this.of(model).onState(state.phase === 'ready', state.phase === 'ready' && state.info.kind === 'decoder'),
    );
    this.subscribe<RequestRecord>(requestChannel, (record) => {
      if (record.model !== undefined) this.of(record.model).onRequest(record);
    });
  }

  override onModuleInit(): void {
    super.onModuleInit();
    this.loop.start();
  }

  override onApplicationShutdown(): void {
    super.onApplicationShutdown();
    this.loop.stop();
  }

  /** The numbers of a model. */
  of(model: string): ModelStats {
    let stats = this.models.get(model);
    if (!stats) this.models.set(model, (stats = new ModelStats()));
    return stats;
  }

  /** Forgets models for which a test fails. A late request may have brought one back. */
  keepModels(test: (model: string) => boolean): void {
    for (const model of this.models.keys()) if (!test(model)) this.models.delete(model);
  }

  /** A second has passed or, where this process was stopped or held up, several: these are gaps. */
  roll(): void {
    const missed = Math.min(MAX_POINTS, Math.round((Date.now() - this.at) / 1000) - 1);
    for (let second = 0; second < missed; second++) {
      for (const stats of this.models.values()) stats.roll(true);
      this.loop.skip();
    }
    for (const stats of this.models.values()) stats.roll();
    this.loop.roll();
    this.at = Date.now();
  }
}
