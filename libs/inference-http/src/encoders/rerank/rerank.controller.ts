import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRequestHeaders, CurrentRequest, ErrorFormat, LimitBody, type RequestContext } from '@frontier/http';
import { ApiOpenAiGenerationErrors } from '../../openai/errors/api-openai-errors.decorator.js';
import { openAiErrorFormat } from '../../openai/errors/openai-error.js';
import { warnOfUnknownFields } from '../../openai/request/unknown-fields.js';
import { undeclaredFields } from '../request/encoder-peer-fields.js';
import { ENCODER_BODY_LIMITS } from '../request/encoder-limits.js';
import { EncoderHandler } from '../response/encoder-handler.js';
import { RerankRequest } from './rerank.request.js';
import { Ranking } from './rerank.response.js';
import { Reranker } from './reranker.js';
import { ScoreRequest } from './score.request.js';
import { ScoreList } from './score.response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

export const RERANK_EXAMPLES = {
  documents: {
    summary: 'Two documents',
    value: { query: 'What do cats eat?', documents: ['Cats eat mice.', 'Berlin is a city.'] },
  },
};

@Controller()
@ErrorFormat(openAiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class RerankController {
  constructor(
    private readonly reranker: Reranker,
    private readonly handler: EncoderHandler,
  ) {}

  @Post('v1/rerank')
  @HoldsModel('rerank')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Rank documents for a query',
    description: 'The documents, the best first. Query and document together must fit into what the model takes.',
  })
  @ApiBody({ type: RerankRequest, examples: RERANK_EXAMPLES })
  @ApiOkResponse({ type: Ranking })
  async rerank(
    @Body() body: RerankRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Ranking | Readable> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    return this.handler.respond({ request, reply }, context, this.reranker.rank(body, context));
  }

  @Post('v2/rerank')
  @HoldsModel('rerank')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Rank documents for a query, without their texts',
    description: 'As `/v1/rerank`, in the form of version 2 of the API of Cohere.',
  })
  @ApiBody({ type: RerankRequest, examples: RERANK_EXAMPLES })
  @ApiOkResponse({ type: Ranking })
  async rerankV2(
    @Body() body: RerankRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Ranking | Readable> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    const withoutTexts = Object.assign(body, { return_documents: body.return_documents ?? false });
    return this.handler.respond({ request, reply }, context, this.reranker.rank(withoutTexts, context));
  }

  @Post('v1/score')
  @HoldsModel('rerank')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Score pairs of texts',
    description: 'One text with one or several, or several with as many, pair by pair.',
  })
  @ApiBody({
    type: ScoreRequest,
    examples: {
      pair: { summary: 'A pair', value: { text_1: 'What do cats eat?', text_2: 'Cats eat mice.' } },
    },
  })
  @ApiOkResponse({ type: ScoreList })
  async score(
    @Body() body: ScoreRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ScoreList | Readable> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    return this.handler.respond({ request, reply }, context, this.reranker.score(body, context));
  }
}
