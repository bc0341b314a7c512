import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { BatchingService, type EngineSupervisor } from '@frontier/batching';
import { modelNotFound } from './inference.errors.js';
import { MODULE_OPTIONS_TOKEN } from './inference.module-definition.js';
import type { InferenceModuleOptions, ModelDefinition } from './inference.options.js';

/** A model under its own name, with its engine. */
export interface ServedModel {
  definition: ModelDefinition;
  engine: EngineSupervisor;
}

/** The models of the server, by name and alias. Their engines start with the app and load while it serves. */
@Injectable()
export class ModelRegistry implements OnModuleInit {
  private readonly byName = new Map<string, ServedModel>();
  private readonly served: ServedModel[] = [];

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: InferenceModuleOptions,
    private readonly batching: BatchingService,
  ) {}

  onModuleInit(): void {
    const { models, maxWaiting, prefillChunkTokens, maxCacheTokens, hangTimeoutMs } = this.options;
    for (const definition of models) {
      const { name, path, maxBatchSize, contextLength, threads } = definition;
      const engine = this.batching.open({
        name,
        hangTimeoutMs,
        engine: { path, maxBatchSize, contextLength, threads, maxWaiting, prefillChunkTokens, maxCacheTokens },
      });
      const model = { definition, engine };
      this.served.push(model);
      for (const key of [name, ...definition.aliases]) this.byName.set(key, model);
    }
  }

  get all(): readonly ServedModel[] {
    return this.served;
  }

  /**
   * The model with this name or alias; without one, the default model.
   * @throws `model_not_found` naming the available ones
   */
  get(name: string = this.options.defaultModel): ServedModel {
    const model = this.byName.get(name);
    if (!model) throw modelNotFound(name, [...this.byName.keys()]);
    return model;
  }
}
