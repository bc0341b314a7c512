import { type DynamicModule, Module, type ModuleMetadata, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { requireFastify } from '@frontier/http';
import { CohereEmbedController } from './cohere/cohere-embed.controller.js';
import { Embedder } from './embeddings/embedder.js';
import { EmbeddingsController } from './embeddings/embeddings.controller.js';
import { Classifier } from './classify/classifier.js';
import { ClassifyController } from './classify/classify.controller.js';
import { RerankController } from './rerank/rerank.controller.js';
import { Reranker } from './rerank/reranker.js';
import { EncoderRoutes } from './encoder-routes.js';
import { EncoderHandler } from './response/encoder-handler.js';
import { AnyRerankController } from './tei/any-rerank.controller.js';
import { TeiController } from './tei/tei.controller.js';
import { TeiDecodeController } from './tei/tei-decode.controller.js';
import { TeiInfoController } from './tei/tei-info.controller.js';
import { TeiRunner } from './tei/tei-runner.js';

/** The routes of encoders: embeddings, reranking, classification. */
@Module({})
export class EncodersModule implements OnModuleInit {
  constructor(private readonly host: HttpAdapterHost) {}

  /** @param imports the app's `InferenceModule` and `HttpModule` */
  static forRoot({ imports }: Pick<ModuleMetadata, 'imports'>): DynamicModule {
    return {
      module: EncodersModule,
      imports,
      controllers: [
        EmbeddingsController,
        CohereEmbedController,
        RerankController,
        ClassifyController,
        TeiController,
        TeiInfoController,
        TeiDecodeController,
        AnyRerankController,
      ],
      providers: [EncoderHandler, Embedder, Reranker, Classifier, EncoderRoutes, TeiRunner],
      exports: [EncoderRoutes],
    };
  }

  onModuleInit(): void {
    requireFastify(this.host, 'EncodersModule (its long responses are written by jsonStream)');
  }
}
