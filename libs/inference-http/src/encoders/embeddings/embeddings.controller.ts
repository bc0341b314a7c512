import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRequestHeaders, CurrentRequest, ErrorFormat, LimitBody, type RequestContext } from '@frontier/http';
import { ApiOpenAiGenerationErrors } from '../../openai/errors/api-openai-errors.decorator.js';
import { openAiErrorFormat } from '../../openai/errors/openai-error.js';
import { warnOfUnknownFields } from '../../openai/request/unknown-fields.js';
import { undeclaredFields } from '../request/encoder-peer-fields.js';
import { EncoderHandler } from '../response/encoder-handler.js';
import { ENCODER_BODY_LIMITS } from '../request/encoder-limits.js';
import { Embedder } from './embedder.js';
import { EmbeddingRequest } from './embedding.request.js';
import { EmbeddingList } from './embedding.response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('v1/embeddings')
@ErrorFormat(openAiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class EmbeddingsController {
  constructor(
    private readonly embedder: Embedder,
    private readonly handler: EncoderHandler,
  ) {}

  @Post()
  @HoldsModel('embed')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make embeddings of texts',
    description: [
      'A vector for each input. The same text has the same vector, bit for bit, alone and beside any others.',
      'An input that has more tokens than the model takes is refused, unless `truncate_prompt_tokens` cuts it.',
    ].join('\n'),
  })
  @ApiBody({
    type: EmbeddingRequest,
    examples: {
      text: { summary: 'A text', value: { input: 'The cat sat on the mat.' } },
      texts: {
        summary: 'Texts, their vectors as base64',
        value: { input: ['A first text.', 'A second one.'], encoding_format: 'base64' },
      },
    },
  })
  @ApiOkResponse({ type: EmbeddingList })
  async create(
    @Body() body: EmbeddingRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EmbeddingList | Readable> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    return this.handler.respond({ request, reply }, context, this.embedder.prepare(body, context));
  }
}
