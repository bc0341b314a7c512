import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { InferController } from './infer.controller.js';

/** `POST /v1/infer` and `POST /v1/infer/stream`. */
@Module({})
export class InferModule {
  /** @param imports the app's `InferenceModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return { module: InferModule, imports, controllers: [InferController] };
  }
}
