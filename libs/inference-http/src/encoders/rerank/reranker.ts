import { Injectable } from '@nestjs/common';
import { type EncoderResult, EncoderService, TextService } from '@frontier/inference';
import { type EncoderContext, toEncodeRequest } from '../request/encoder.request.js';
import { type ScoringRequest, wantsLogits } from '../request/scoring.request.js';
import type { ApiEncoding } from '../response/encoder-handler.js';
import { type RerankRequest, textOf } from './rerank.request.js';
import { type Ranking, toRanking } from './rerank.response.js';
import { pairsOf, type ScoreRequest } from './score.request.js';
import { type ScoreList, toScoreList } from './score.response.js';

/** Pairs of texts to score. */
interface PairScoring<T extends object> {
  pairs: readonly (readonly [string, string])[];
  toAnswer(result: EncoderResult): T;
  /** Tokens of a pair at most; default: as the request says. */
  pairLength?: (model: string) => Promise<number>;
}

/** Prepares requests for the scores of pairs of texts, by a model that reranks. */
@Injectable()
export class Reranker {
  constructor(
    private readonly encoders: EncoderService,
    private readonly texts: TextService,
  ) {}

  /**
   * Ranks documents for a query.
   * @throws the errors of `EncoderService.info`
   */
  rank(body: RerankRequest, context: EncoderContext): ApiEncoding<Ranking> {
    const documents = body.documents.map((document) => textOf(document) as string);
    const { max_tokens_per_doc: documentTokens } = body;
    return this.prepare(body, context, {
      pairs: documents.map((document) => [body.query, document] as const),
      pairLength: documentTokens ? (model) => this.pairLength(model, body.query, documentTokens, context) : undefined,
      toAnswer: (result) =>
        toRanking(result, {
          areLogits: wantsLogits(body),
          topN: body.top_n ?? 0,
          documents: body.return_documents === false ? undefined : documents,
        }),
    });
  }

  /** Scores pairs of texts; throws as {@link rank}. */
  score(body: ScoreRequest, context: EncoderContext): ApiEncoding<ScoreList> {
    return this.prepare(body, context, {
      pairs: pairsOf(body),
      toAnswer: (result) => toScoreList(result, wantsLogits(body)),
    });
  }

  private prepare<T extends object>(
    body: ScoringRequest,
    context: EncoderContext,
    { pairs, pairLength, toAnswer }: PairScoring<T>,
  ): ApiEncoding<T> {
    const settings = toEncodeRequest(body, context);
    const { name: model } = this.encoders.info({ ...settings, task: 'rerank' });
    const asked = { ...settings, model, task: 'rerank', output: 'logits', inputs: pairs } as const;
    const run = async (): Promise<EncoderResult> => {
      const truncateTo = pairLength ? await pairLength(model) : asked.truncateTo;
      return this.encoders.encode({ ...asked, truncateTo }, context.deadline);
    };
    return { operation: 'rerank', model, inputs: pairs, run, toAnswer };
  }

  /** Tokens of a pair whose document is cut: the longer text of a pair is, so that it must not be cut below the query. */
  private async pairLength(
    model: string,
    query: string,
    documentTokens: number,
    { principal, deadline }: EncoderContext,
  ): Promise<number> {
    const { maxTokens } = this.encoders.info({ task: 'rerank', model, principal });
    const use = { model, principal, deadline };
    const [own, framed] = await Promise.all([false, true].map((special) => this.texts.tokenize(use, query, special)));
    const queryTokens = own.length;
    // A pair has a special token more than a text.
    const special = framed.length - queryTokens + 1;
    return Math.min(maxTokens, queryTokens + Math.max(queryTokens, documentTokens) + special);
  }
}
