import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { BatchingService, type EngineState } from '@frontier/batching';
import type { ModelInfo } from '@frontier/engine';
import { mayUse } from './caller-rights.js';
import type { RequestCaller } from './generate-request.js';
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

  /** All names and aliases of models that a caller may use, each with its model; without a caller, of all models. */
  names(caller?: RequestCaller): ReadonlyMap<string, ModelDefinition> {
    if (!caller?.models) return this.byName;
    return new Map([...this.byName].filter(([, model]) => mayUse(caller, model)));
  }

  /**
   * The model with this name or alias; without one, the default model.
   * @param caller without one, all models may be used
   * @throws `model_not_found` naming those that the caller may use; other ones are as good as not there
   */
  get(name?: string, caller?: RequestCaller): ModelDefinition {
    const model = this.byName.get(name ?? this.options.defaultModel);
    if (!model || !mayUse(caller, model)) throw modelNotFound(name, [...this.names(caller).keys()]);
    return model;
  }
}
