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
import { Classifier } from './classifier.js';
import { ClassifyRequest } from './classify.request.js';
import { ClassificationList } from './classify.response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('v1/classify')
@ErrorFormat(openAiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class ClassifyController {
  constructor(
    private readonly classifier: Classifier,
    private readonly handler: EncoderHandler,
  ) {}

  @Post()
  @HoldsModel('classify')
  @LimitBody(ENCODER_BODY_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Classify texts',
    description: "The scores of all of the model's labels for each input, and the label with the highest one.",
  })
  @ApiBody({ type: ClassifyRequest, examples: { text: { summary: 'A text', value: { input: 'I love this.' } } } })
  @ApiOkResponse({ type: ClassificationList })
  async classify(
    @Body() body: ClassifyRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ClassificationList | Readable> {
    warnOfUnknownFields(request, reply, body, undeclaredFields);
    return this.handler.respond({ request, reply }, context, this.classifier.prepare(body, context));
  }
}
