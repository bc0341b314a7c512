import { Module } from '@nestjs/common';
import { BatchingModule } from '@frontier/batching';
import { DecisionService } from './decision.service.js';
import { EncoderService } from './encoder.service.js';
import { ConfigurableModuleClass } from './inference.options.js';
import { InferenceService } from './inference.service.js';
import { ModelLifecycle } from './model-lifecycle.js';
import { ModelRegistry } from './model-registry.js';
import { TensorService } from './tensor.service.js';
import { TextService } from './text.service.js';

const SERVICES = [
  ModelRegistry,
  ModelLifecycle,
  InferenceService,
  EncoderService,
  DecisionService,
  TensorService,
  TextService,
];

/** Embeds the server's core in a Nest app: models by name, each with its engine process. */
@Module({ imports: [BatchingModule], providers: SERVICES, exports: SERVICES })
export class InferenceModule extends ConfigurableModuleClass {}
