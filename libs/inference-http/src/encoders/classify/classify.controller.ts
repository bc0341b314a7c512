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
import { assertKnownIds, inputsOf } from '../request/encoder-input.js';
import { ENCODER_BODY_LIMITS } from '../request/encoder-limits.js';
import { toEncodeRequest } from '../request/encoder.request.js';
import { wantsLogits } from '../request/scoring.request.js';
import { EncoderHandler } from '../response/encoder-handler.js';
import { ClassifyRequest } from './classify.request.js';
import { ClassificationList, toClassificationList } from './classify.response.js';

@Controller('v1/classify')
@ErrorFormat(openAiErrorFormat)
@ApiTags('encoders')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class ClassifyController {
  constructor(
    private readonly encoders: EncoderService,
    private readonly handler: EncoderHandler,
  ) {}

  @Post()
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
    const inputs = inputsOf(body.input);
    const settings = toEncodeRequest(body, context);
    const { name, vocabSize } = this.encoders.info({ ...settings, task: 'classify' });
    context.record.model = name;
    assertKnownIds(inputs, vocabSize, '/input');
    const asked = { ...settings, model: name, task: 'classify', output: 'logits', inputs } as const;
    return this.handler.respond({ request, reply }, context, {
      operation: 'classify',
      inputs,
      run: () => this.encoders.encode(asked, context.deadline),
      toAnswer: (result) => toClassificationList(result, wantsLogits(body)),
    });
  }
}
