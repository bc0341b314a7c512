import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requireFastify } from '@frontier/http';
import { GenerationHandler } from '../generation/generation-handler.js';
import { GenerationRunner } from '../generation/generation-runner.js';
import { InferController } from './infer.controller.js';

/** `POST /v1/infer` and `POST /v1/infer/stream`. */
@Module({})
export class InferModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** @param imports the app's `InferenceModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: InferModule,
      imports,
      controllers: [InferController],
      providers: [GenerationRunner, GenerationHandler],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'InferModule (its streams are written by eventStream)');
  }
}
