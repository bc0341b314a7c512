import { basename } from 'node:path';
import { Injectable } from '@nestjs/common';
import {
  BatchingService,
  type EngineState,
  type EngineStateChange,
  engineStateChannel,
  maxTokensOf,
} from '@frontier/batching';
import { type ModelDefinition, ModelRegistry } from '@frontier/inference';
import { ChannelSubscriber } from '@frontier/telemetry';
import type { LiveModel } from '../protocol/model.schema.js';

const STATUS = {
  loading: 'loading',
  ready: 'ready',
  restarting: 'loading',
  failed: 'failed',
  stopped: 'unloaded',
} as const satisfies Record<EngineState['phase'], LiveModel['status']>;

/** A model of a hub; others are files, whose folders are the operator's. */
const isHubReference = (path: string): boolean => path.startsWith('hf:');

/** The models of the server as they are sent: the only file that knows the registry and the engines. */
@Injectable()
export class ModelDirectory extends ChannelSubscriber {
  private readonly since = new Map<string, number>();
  private readonly begunAt = Date.now();
  private onChange: (model: LiveModel) => void = () => {};

  constructor(
    private readonly registry: ModelRegistry,
    private readonly batching: BatchingService,
  ) {
    super();
    this.subscribe<EngineStateChange>(engineStateChannel, ({ model, state }) => {
      this.since.set(model, Date.now());
      const definition = this.definitions().find(({ name }) => name === model);
      if (definition) this.onChange(this.describe(definition, state));
    });
  }

  /** Calls a listener, the only one, with each model whose status has changed. */
  follow(listener: (model: LiveModel) => void): void {
    this.onChange = listener;
  }

  /** All models. */
  all(): LiveModel[] {
    return this.definitions().map((model) => this.describe(model, this.batching.engine(model.name).state));
  }

  /** Names of the models that a principal may use; without restriction, of all. */
  namesFor(models: readonly string[] | undefined): ReadonlySet<string> {
    return new Set([...this.registry.names({ id: '', models }).values()].map(({ name }) => name));
  }

  /** Numbers of a model that are asked for when they are sent. */
  measures(model: string): { max_batch: number; start_in_ms: number | null; rss: number | null } {
    const engine = this.batching.engine(model);
    const isReady = engine.state.phase === 'ready';
    return {
      max_batch: this.registry.get(model).maxBatchSize,
      start_in_ms: isReady ? Math.round(engine.estimateWaitMs()) : null,
      rss: engine.residentBytes ?? null,
    };
  }

  private definitions(): ModelDefinition[] {
    return [...new Set(this.registry.names().values())];
  }

  private describe({ name, aliases, task, dtype, revision, path }: ModelDefinition, state: EngineState): LiveModel {
    const info = state.phase === 'ready' ? state.info : undefined;
    return {
      id: name,
      aliases: [...aliases],
      task: this.batching.engine(name).task ?? task ?? null,
      status: STATUS[state.phase],
      policy: 'keep',
      precision: dtype ?? null,
      provider: info?.provider ?? null,
      context: info && info.kind !== 'tensor' ? maxTokensOf(info) : null,
      memory: this.batching.engine(name).residentBytes ?? null,
      estimate: null,
      since: this.since.get(name) ?? this.begunAt,
      idle_unload_at: null,
      error:
        state.phase === 'failed'
          ? { code: state.error.code, message: state.error.publicMessage ?? state.error.message, retry_at: null }
          : undefined,
      warnings: [...(info?.warnings ?? [])],
      revision: revision ?? null,
      source: isHubReference(path) ? path : basename(path),
    };
  }
}
