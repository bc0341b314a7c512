import { type DynamicModule, Module } from '@nestjs/common';
import { BatchingService, ModelEngineFactory, type ModelEngineOptions } from '@frontier/batching';
import { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from '../inference.options.js';
import { InferenceService } from '../inference.service.js';
import { ModelRegistry } from '../model-registry.js';
import { TextService } from '../text.service.js';
import { ScriptedEngine, type ScriptedModel } from './scripted-engine.js';

export interface InferenceTestingModuleOptions extends Partial<Omit<InferenceModuleOptions, 'models'>> {
  /** Models by name. */
  models: Readonly<Record<string, ScriptedModel>>;
  /** Makes the services available in all modules; default false. */
  isGlobal?: boolean;
}

/**
 * `InferenceModule` for tests: the same services on scripted engines in this process, without a model or a process of its own.
 * Cache, limits, breakers, sharing and deadlines are those of the real module.
 */
@Module({})
export class InferenceTestingModule {
  static forRoot({ models, isGlobal = false, ...options }: InferenceTestingModuleOptions): DynamicModule {
    const names = Object.keys(models);
    const moduleOptions: InferenceModuleOptions = {
      defaultModel: names[0],
      ...options,
      models: names.map((name) => ({ name, aliases: models[name].aliases ?? [], path: 'scripted', maxBatchSize: 8 })),
    };
    const createEngine = ({ name, queue, requestTimeoutMs }: ModelEngineOptions): ScriptedEngine =>
      new ScriptedEngine({ name, model: models[name], queueTimeoutMs: queue.timeoutMs, requestTimeoutMs });
    return {
      module: InferenceTestingModule,
      global: isGlobal,
      providers: [
        { provide: MODULE_OPTIONS_TOKEN, useValue: moduleOptions },
        { provide: ModelEngineFactory, useValue: createEngine },
        BatchingService,
        ModelRegistry,
        InferenceService,
        TextService,
      ],
      exports: [BatchingService, ModelRegistry, InferenceService, TextService],
    };
  }
}
