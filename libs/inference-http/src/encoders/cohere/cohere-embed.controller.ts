import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRequestHeaders, CurrentRequest, ErrorFormat, LimitBody, type RequestContext } from '@frontier/http';
import { EncoderService } from '@frontier/inference';
import { ApiOpenAiGenerationErrors } from '../../openai/errors/api-openai-errors.decorator.js';
import { openAiErrorFormat } from '../../openai/errors/openai-error.js';
import { warnOfUnknownFields } from '../../openai/request/unknown-fields.js';
import { undeclaredFields } from '../request/encoder-peer-fields.js';
import { ENCODER_BODY_LIMITS } from '../request/encoder-limits.js';
import { EncoderHandler } from '../response/encoder-handler.js';
import { CohereEmbedRequest, formsOf, promptNameOf } from './cohere-embed.request.js';
import { CohereEmbedding, toCohereEmbedding } from './cohere-embed.response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('v2/embed')
@ErrorFormat(openAiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class CohereEmbedController {
  constructor(
    private readonly encoders: EncoderService,
    private readonly handler: EncoderHandler,
  ) {}

  @Post()
  @HoldsModel('embed')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Make embeddings of texts (Cohere)',
    description: 'In the form of version 2 of the API of Cohere. Longer texts are cut unless `truncate` is `NONE`.',
  })
  @ApiBody({
    type: CohereEmbedRequest,
    examples: { texts: { summary: 'Two texts', value: { texts: ['Cats eat mice.', 'Berlin is a city.'] } } },
  })
  @ApiOkResponse({ type: CohereEmbedding })
  async embed(
    @Body() body: CohereEmbedRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohereEmbedding | Readable> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    const { principal, cache, deadline } = context;
    const { texts, truncate, max_tokens } = body;
    const info = this.encoders.info({ task: 'embed', model: body.model ?? undefined, principal });
    const asked = {
      principal,
      cache,
      model: info.name,
      inputs: texts,
      promptName: promptNameOf(body, info.prompts),
      truncateTo: truncate === 'NONE' ? undefined : (max_tokens ?? 'max'),
      truncationSide: truncate === 'START' ? 'left' : 'right',
    } as const;
    return this.handler.respond({ request, reply }, context, {
      operation: 'embeddings',
      model: info.name,
      inputs: texts,
      run: () => this.encoders.embed(asked, { dimensions: body.output_dimension ?? undefined }, deadline),
      toAnswer: (result) => toCohereEmbedding(result, texts, formsOf(body)),
      isLarge: true,
    });
  }
}
