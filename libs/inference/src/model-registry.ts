import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { BatchingService, type EngineState } from '@frontier/batching';
import type { ModelInfo } from '@frontier/engine';
import { modelNotFound } from './inference.errors.js';
import { MODULE_OPTIONS_TOKEN } from './inference.module-definition.js';
import { DEFAULT_INFERENCE_OPTIONS, type InferenceModuleOptions, type ModelDefinition } from './inference.options.js';

/** A model's name and where its engine is in its life. */
export interface ModelStatus {
  name: string;
  state: EngineState;
}

/** The models of the server, by name and alias. Their engines start with the app and load while it serves. */
@Injectable()
export class ModelRegistry implements OnModuleInit {
  private readonly byName = new Map<string, ModelDefinition>();

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: InferenceModuleOptions,
    private readonly batching: BatchingService,
  ) {
    for (const model of options.models) {
      for (const key of [model.name, ...model.aliases]) this.byName.set(key, model);
    }
  }

  onModuleInit(): void {
    const { models, prefillChunkTokens, maxCacheTokens, ageingMs, graphCache, ...options } = this.options;
    const { hangTimeoutMs, queue, requestTimeoutMs } = { ...DEFAULT_INFERENCE_OPTIONS, ...options };
    for (const { name, aliases: _, revision: _r, ...model } of models) {
      const engine = { ...model, graphCache, prefillChunkTokens, maxCacheTokens, ageingMs };
      this.batching.open({ name, hangTimeoutMs, queue, requestTimeoutMs, engine });
    }
  }

  /** Whether this process watches the engines of all models. */
  get areSupervised(): boolean {
    return this.batching.isSupervising;
  }

  /** The state of every model. */
  statuses(): ModelStatus[] {
    return this.options.models.map(({ name }) => ({ name, state: this.batching.engine(name).state }));
  }

  /**
   * What is known of a model since its engine is ready.
   * @throws `model_not_found`, `model_loading`, `model_unavailable`, `shutting_down`
   */
  info(name?: string): ModelInfo {
    return this.batching.engine(this.get(name).name).info();
  }

  /** All names and aliases, each with its model. */
  names(): ReadonlyMap<string, ModelDefinition> {
    return this.byName;
  }

  /**
   * The model with this name or alias; without one, the default model.
   * @throws `model_not_found` naming the available ones
   */
  get(name: string = this.options.defaultModel): ModelDefinition {
    const model = this.byName.get(name);
    if (!model) throw modelNotFound(name, [...this.byName.keys()]);
    return model;
  }
}
