import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requireFastify } from '@frontier/http';
import { GenerationHandler } from '../generation/generation-handler.js';
import { GenerationRunner } from '../generation/generation-runner.js';
import { OpenGenerateController } from './generate/generate.controller.js';
import { InferRunner } from './infer/infer-runner.js';
import { OpenInferController } from './infer/infer.controller.js';
import { OpenInferenceModelsController, SERVER_VERSION } from './models/models.controller.js';

export interface OpenInferenceModuleOptions {
  /** The app's `InferenceModule` and `HttpModule`. */
  imports: ModuleMetadata['imports'];
  /** The version of the server in `GET /v2`. */
  version: string;
}

/** The routes of the Open Inference Protocol v2, as KServe and Triton have it. */
@Module({})
export class OpenInferenceModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  static forRoot({ imports, version }: OpenInferenceModuleOptions): DynamicModule {
    return {
      module: OpenInferenceModule,
      imports,
      controllers: [OpenInferenceModelsController, OpenInferController, OpenGenerateController],
      providers: [GenerationRunner, GenerationHandler, InferRunner, { provide: SERVER_VERSION, useValue: version }],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'OpenInferenceModule (its long responses are written by jsonStream)');
  }
}
