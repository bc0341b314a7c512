import { Injectable, type Type } from '@nestjs/common';
import type { ModelTask } from '@frontier/inference';
import { Classifier } from './classify/classifier.js';
import { ClassifyRequest } from './classify/classify.request.js';
import { Embedder } from './embeddings/embedder.js';
import { EmbeddingRequest } from './embeddings/embedding.request.js';
import { Reranker } from './rerank/reranker.js';
import { RerankRequest } from './rerank/rerank.request.js';
import { ScoreRequest } from './rerank/score.request.js';
import type { EncoderContext, EncoderRequest } from './request/encoder.request.js';
import type { ApiEncoding } from './response/encoder-handler.js';

/** The routes of encoders whose requests may come in another way than to the route. */
export const ENCODER_URLS = ['/v1/embeddings', '/v1/rerank', '/v1/score', '/v1/classify'] as const;
export type EncoderUrl = (typeof ENCODER_URLS)[number];

interface EncoderRoute {
  /** The class that checks its bodies. */
  type: Type<EncoderRequest>;
  task: Exclude<ModelTask, 'generate' | 'tensor'>;
}

export const ENCODER_ROUTES: Readonly<Record<EncoderUrl, EncoderRoute>> = {
  '/v1/embeddings': { type: EmbeddingRequest, task: 'embed' },
  '/v1/rerank': { type: RerankRequest, task: 'rerank' },
  '/v1/score': { type: ScoreRequest, task: 'rerank' },
  '/v1/classify': { type: ClassifyRequest, task: 'classify' },
};

/** Prepares requests to encoders by the routes that they are for. */
@Injectable()
export class EncoderRoutes {
  constructor(
    private readonly embedder: Embedder,
    private readonly reranker: Reranker,
    private readonly classifier: Classifier,
  ) {}

  /**
   * @param body valid, as the class of the route has it
   * @throws the errors of `EncoderService.info`, and `invalid_request` for what the model does not have
   */
  prepare(url: EncoderUrl, body: object, context: EncoderContext): ApiEncoding<object> {
    switch (url) {
      case '/v1/embeddings':
        return this.embedder.prepare(body as EmbeddingRequest, context);
      case '/v1/rerank':
        return this.reranker.rank(body as RerankRequest, context);
      case '/v1/score':
        return this.reranker.score(body as ScoreRequest, context);
      case '/v1/classify':
        return this.classifier.prepare(body as ClassifyRequest, context);
    }
  }
}
