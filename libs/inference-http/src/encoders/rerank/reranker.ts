import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { RequestContext } from '@frontier/http';
import { type EncodeRequest, type EncoderResult, EncoderService, TextService } from '@frontier/inference';
import type { Exchange } from '../../generation/generation-handler.js';
import { warnOfUnknownFields } from '../../openai/request/unknown-fields.js';
import { undeclaredFields } from '../request/encoder-peer-fields.js';
import { toEncodeRequest } from '../request/encoder.request.js';
import { wantsLogits } from '../request/scoring.request.js';
import { EncoderHandler } from '../response/encoder-handler.js';
import { type RerankRequest, textOf } from './rerank.request.js';
import { type Ranking, toRanking } from './rerank.response.js';

/** Pairs of texts to score. */
interface PairScoring<T extends object> {
  settings: Omit<EncodeRequest, 'task' | 'output' | 'inputs'>;
  pairs: readonly (readonly [string, string])[];
  toAnswer(result: EncoderResult): T;
}

/** Scores pairs of texts with a model that reranks. */
@Injectable()
export class Reranker {
  constructor(
    private readonly encoders: EncoderService,
    private readonly texts: TextService,
    private readonly handler: EncoderHandler,
  ) {}

  /** Ranks documents for a query; throws as {@link respond}. */
  async rank(exchange: Exchange, context: RequestContext, body: RerankRequest): Promise<Ranking | Readable> {
    warnOfUnknownFields(exchange.request, exchange.reply, body, undeclaredFields);
    const documents = body.documents.map((document) => textOf(document) as string);
    const settings = toEncodeRequest(body, context);
    if (body.max_tokens_per_doc) settings.truncateTo = await this.pairLength(body, body.max_tokens_per_doc, context);
    return this.respond(exchange, context, {
      settings,
      pairs: documents.map((document) => [body.query, document] as const),
      toAnswer: (result) =>
        toRanking(result, {
          areLogits: wantsLogits(body),
          topN: body.top_n ?? 0,
          documents: body.return_documents === false ? undefined : documents,
        }),
    });
  }

  /** Tokens of a pair whose document is cut: the longer text of a pair is, so that it must not be cut below the query. */
  private async pairLength(
    { query, model: asked }: RerankRequest,
    documentTokens: number,
    { principal, deadline }: RequestContext,
  ): Promise<number> {
    const { name, maxTokens } = this.encoders.info({ task: 'rerank', model: asked ?? undefined, principal });
    const use = { model: name, principal, deadline };
    const [own, framed] = await Promise.all([false, true].map((special) => this.texts.tokenize(use, query, special)));
    const queryTokens = own.length;
    // A pair has a special token more than a text.
    const special = framed.length - queryTokens + 1;
    return Math.min(maxTokens, queryTokens + Math.max(queryTokens, documentTokens) + special);
  }

  /** @throws the errors of {@link EncoderHandler.respond} */
  async respond<T extends object>(
    exchange: Exchange,
    context: RequestContext,
    { settings, pairs, toAnswer }: PairScoring<T>,
  ): Promise<T | Readable> {
    const { name } = this.encoders.info({ ...settings, task: 'rerank' });
    context.record.model = name;
    const asked = { ...settings, model: name, task: 'rerank', output: 'logits', inputs: pairs } as const;
    return this.handler.respond(exchange, context, {
      operation: 'rerank',
      inputs: pairs,
      run: () => this.encoders.encode(asked, context.deadline),
      toAnswer,
    });
  }
}
