import { type DynamicModule, Module } from '@nestjs/common';
import { BatchingService, ModelEngineFactory } from '@frontier/batching';
import { EncoderService } from '../encoder.service.js';
import { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from '../inference.options.js';
import { InferenceService } from '../inference.service.js';
import { ModelLifecycle } from '../model-lifecycle.js';
import { ModelRegistry } from '../model-registry.js';
import { TextService } from '../text.service.js';
import type { ScriptedEncoderModel } from './scripted-encoder.js';
import type { ScriptedModel } from './scripted-engine.js';
import { scriptedEngines } from './scripted-engines.js';

export interface InferenceTestingModuleOptions extends Partial<Omit<InferenceModuleOptions, 'models'>> {
  /** Models by name. */
  models: Readonly<Record<string, ScriptedModel | ScriptedEncoderModel>>;
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
    return {
      module: InferenceTestingModule,
      global: isGlobal,
      providers: [
        { provide: MODULE_OPTIONS_TOKEN, useValue: moduleOptions },
        { provide: ModelEngineFactory, useValue: scriptedEngines(models) },
        BatchingService,
        ModelRegistry,
        ModelLifecycle,
        InferenceService,
        EncoderService,
        TextService,
      ],
      exports: [BatchingService, ModelRegistry, ModelLifecycle, InferenceService, EncoderService, TextService],
    };
  }
}
