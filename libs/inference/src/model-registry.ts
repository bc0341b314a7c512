import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { BatchingService, type EngineState } from '@frontier/batching';
import type { ModelInfo } from '@frontier/engine';
import { modelNotFound } from './inference.errors.js';
import {
  DEFAULT_INFERENCE_OPTIONS,
  type InferenceModuleOptions,
  MODULE_OPTIONS_TOKEN,
  type ModelDefinition,
} from './inference.options.js';
import { mayUse, type Principal } from './request/principal.js';

/** A model's name and the state of its engine. */
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
      for (const key of [model.name, ...model.aliases]) {
        if ((this.byName.get(key) ?? model) !== model)
          throw new Error(`Two models are called "${key}". Give each name and alias to one model.`);
        this.byName.set(key, model);
      }
    }
  }

  onModuleInit(): void {
    const { models, prefillChunkTokens, maxCacheTokens, ageingMs, graphCache, graphCacheMaxBytes, ...options } =
      this.options;
    const { hangTimeoutMs, queue, requestTimeoutMs } = { ...DEFAULT_INFERENCE_OPTIONS, ...options };
    for (const { name, aliases: _, revision: _r, ...model } of models) {
      const engine = { ...model, graphCache, graphCacheMaxBytes, prefillChunkTokens, maxCacheTokens, ageingMs };
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
   * The properties of a model; only while its engine is ready.
   * @throws `model_not_found`, `model_loading`, `model_unavailable`, `shutting_down`
   */
  info(name?: string): ModelInfo {
    return this.batching.engine(this.get(name).name).info();
  }

  /** All names and aliases of models that a principal may use, each with its model; without one, of all models. */
  names(principal?: Principal): ReadonlyMap<string, ModelDefinition> {
    if (!principal?.models) return this.byName;
    return new Map([...this.byName].filter(([, model]) => mayUse(principal, model)));
  }

  /**
   * The model with this name or alias; without one, the default model.
   * @param principal without one, all models may be used
   * @throws `model_not_found` naming those that the principal may use; others look as if they did not exist
   */
  get(name?: string, principal?: Principal): ModelDefinition {
    const model = this.byName.get(name ?? this.options.defaultModel);
    if (!model || !mayUse(principal, model)) throw modelNotFound(name, [...this.names(principal).keys()]);
    return model;
  }
}
