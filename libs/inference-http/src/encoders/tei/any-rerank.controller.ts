import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRequestHeaders, CurrentRequest, ErrorFormat, LimitBody, type RequestContext } from '@frontier/http';
import { openAiErrorFormat } from '../../openai/errors/openai-error.js';
import { warnOfUnknownFields } from '../../openai/request/unknown-fields.js';
import { ENCODER_BODY_LIMITS } from '../request/encoder-limits.js';
import { undeclaredFields } from '../request/encoder-peer-fields.js';
import { EncoderHandler } from '../response/encoder-handler.js';
import { RERANK_EXAMPLES } from '../rerank/rerank.controller.js';
import { RerankRequest } from '../rerank/rerank.request.js';
import { Ranking } from '../rerank/rerank.response.js';
import { Reranker } from '../rerank/reranker.js';
import { ApiTeiOrOpenAiErrors } from './api-tei-errors.decorator.js';
import { teiErrorFormat } from './tei-error.js';
import { AnyRerankRequest, isTeiRerank, TeiRerankRequest } from './tei-rerank.request.js';
import { toTeiSettings } from './tei.request.js';
import { TeiRank, toTeiRanking } from './tei.responses.js';
import { TeiRunner } from './tei-runner.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

const TEI_EXAMPLE = {
  summary: 'Two texts (TEI)',
  value: { query: 'What do cats eat?', texts: ['Cats eat mice.', 'Berlin is a city.'] },
};

/** `POST /rerank`, which two families of servers have: the body decides about the form of the response, and of an error. */
@Controller('rerank')
@ErrorFormat(({ body }) => (isTeiRerank(body) ? teiErrorFormat : openAiErrorFormat))
@ApiTags('encoders')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiTeiOrOpenAiErrors()
export class AnyRerankController {
  constructor(
    private readonly reranker: Reranker,
    private readonly handler: EncoderHandler,
    private readonly runner: TeiRunner,
  ) {}

  @Post()
  @HoldsModel('rerank')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Rank documents or texts for a query',
    description: 'With `documents`, as `/v1/rerank`; with `texts`, as Text Embeddings Inference, errors included.',
  })
  @ApiExtraModels(RerankRequest, TeiRerankRequest, Ranking, TeiRank)
  @ApiBody({
    schema: { oneOf: [{ $ref: getSchemaPath(RerankRequest) }, { $ref: getSchemaPath(TeiRerankRequest) }] },
    examples: { ...RERANK_EXAMPLES, texts: TEI_EXAMPLE },
  })
  @ApiOkResponse({
    description: 'The ranking, in the form of the request.',
    schema: {
      oneOf: [{ $ref: getSchemaPath(Ranking) }, { type: 'array', items: { $ref: getSchemaPath(TeiRank) } }],
    },
  })
  async rerank(
    @Body() body: AnyRerankRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Ranking | TeiRank[] | Readable> {
    const exchange = { request, reply };
    if (!isTeiRerank(body)) {
      warnOfUnknownFields(request, reply, body, undeclaredFields);
      return this.handler.respond(exchange, context, this.reranker.rank(body, context));
    }
    const { query, texts, raw_scores, return_text } = body;
    return this.runner.respond(exchange, context, {
      body,
      asked: {
        ...toTeiSettings(body, context),
        task: 'rerank',
        output: 'logits',
        inputs: texts.map((text) => [query, text] as const),
      },
      toAnswer: (result) => toTeiRanking(result, raw_scores === true, return_text ? texts : undefined),
    });
  }
}
