import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requireFastify } from '@frontier/http';
import { EmbeddingsController } from './embeddings/embeddings.controller.js';
import { EncoderHandler } from './response/encoder-handler.js';

/** The routes of encoders: embeddings, reranking, classification. */
@Module({})
export class EncodersModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** @param imports the app's `InferenceModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: EncodersModule,
      imports,
      controllers: [EmbeddingsController],
      providers: [EncoderHandler],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'EncodersModule (its long responses are written by jsonStream)');
  }
}
