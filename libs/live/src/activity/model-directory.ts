import { Injectable } from '@nestjs/common';
import { BatchingService } from '@frontier/batching';
import { mayUse, type ModelChange, modelChangeChannel, ModelRegistry } from '@frontier/inference';
import { toModelObject } from '@frontier/inference-http';
import { ChannelSubscriber } from '@frontier/telemetry';
import type { LiveModel } from '../protocol/model.schema.js';
import type { ModelTick } from '../protocol/tick.schema.js';

/** Listener of the changes of models. */
export interface ModelListener {
  onChange(model: LiveModel): void;
  /** The server has it no more. */
  onGone(model: string): void;
}

/** The models of the server as they are sent: the only file that knows the registry and the engines. */
@Injectable()
export class ModelDirectory extends ChannelSubscriber {
  private listener: ModelListener | undefined;
  /** Memory of each model, as of the last {@link measure}. */
  private readonly memory = new Map<string, number | null>();

  constructor(
    private readonly registry: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    super();
    this.subscribe<ModelChange>(modelChangeChannel, ({ model, description }) => {
      if (description) this.listener?.onChange(toModelObject(description));
      else this.listener?.onGone(model);
    });
  }

  /** Calls a listener, the only one, with each model that has changed. */
  follow(listener: ModelListener): void {
    this.listener = listener;
  }

  /** All models. */
  all(): LiveModel[] {
    return this.registry.all.map((model) => toModelObject(this.registry.description(model)));
  }

  /** A model; `undefined` where it is there no more. */
  find(name: string): LiveModel | undefined {
    const model = this.registry.find(name);
    return model && toModelObject(this.registry.description(model));
  }

  /** Whether there is a model of this name, and a principal may use it. */
  has(name: string, models?: readonly string[]): boolean {
    const model = this.registry.find(name);
    return model !== undefined && mayUse({ id: '', models }, model);
  }

  /** Names of the models that a principal may use; without restriction, of all. */
  namesFor(models: readonly string[] | undefined): ReadonlySet<string> {
    return new Set([...this.registry.names({ id: '', models }).values()].map(({ name }) => name));
  }

  /** Reads the memory of all models, which takes a system call for each process. */
  measure(): void {
    this.memory.clear();
    for (const { name } of this.registry.all) {
      if (this.batching.has(name)) this.memory.set(name, this.batching.memoryOf(name));
    }
  }

  /** Numbers of a model that its steps do not tell. */
  numbersOf(model: string): Pick<ModelTick, 'max_batch' | 'start_in_ms' | 'rss'> {
    const isReady = this.batching.has(model) && this.batching.state(model).phase === 'ready';
    return {
      max_batch: this.registry.get(model).maxBatchSize,
      start_in_ms: isReady ? Math.round(this.batching.engine(model).estimateWaitMs()) : null,
      rss: this.memory.get(model) ?? null,
    };
  }
}
