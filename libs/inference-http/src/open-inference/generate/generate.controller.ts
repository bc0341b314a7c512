import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AcceptAnyContentType,
  ApiRequestHeaders,
  CurrentRequest,
  ErrorFormat,
  type RequestContext,
} from '@frontier/http';
import { ModelRegistry } from '@frontier/inference';
import { type ApiGeneration, GenerationHandler } from '../../generation/generation-handler.js';
import { assertKnownTokens } from '../../sampling/known-tokens.js';
import { toSamplingParams } from '../../sampling/to-sampling-params.js';
import { ApiOpenInferenceErrors, openInferenceErrorFormat } from '../errors/open-inference-error.js';
import { VERSION } from '../errors/versions.js';
import { DEFAULT_MAX_TOKENS, OpenGenerateRequest } from './generate.request.js';
import { generateEventWriter, OpenGenerateResponse, toGenerateResponse } from './generate.response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

const MODEL = { name: 'model', description: 'A name or alias.', example: 'gpt-4o' } as const;
const EXAMPLES = {
  story: {
    summary: 'The beginning of a story',
    value: { text_input: 'Once upon a time', parameters: { max_tokens: 40 } },
  },
};

/** Models that generate, by the generate extension of the Open Inference Protocol v2. */
@Controller('v2/models/:model')
@ErrorFormat(openInferenceErrorFormat)
@ApiTags('open inference')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenInferenceErrors()
export class OpenGenerateController {
  constructor(
    private readonly generations: GenerationHandler,
    private readonly models: ModelRegistry,
  ) {}

  @Post('generate')
  @HoldsModel()
  @AcceptAnyContentType()
  @HttpCode(200)
  @ApiOperation({ summary: 'Continue a text', description: 'The text is taken as it is, without a chat template.' })
  @ApiParam(MODEL)
  @ApiBody({ type: OpenGenerateRequest, examples: EXAMPLES })
  @ApiOkResponse({ type: OpenGenerateResponse })
  generate(
    @Param('model') model: string,
    @Body() body: OpenGenerateRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    return this.generations.respond({ request, reply }, context, this.prepare(model, body, context));
  }

  @Post('generate_stream')
  @HoldsModel()
  @AcceptAnyContentType()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Continue a text, streamed',
    description: 'Server-sent events, each an answer with a piece of the text.',
  })
  @ApiParam(MODEL)
  @ApiBody({ type: OpenGenerateRequest, examples: EXAMPLES })
  @ApiResponse({
    status: 200,
    description: 'The events.',
    content: { 'text/event-stream': { schema: { $ref: getSchemaPath(OpenGenerateResponse) } } },
  })
  stream(
    @Param('model') model: string,
    @Body() body: OpenGenerateRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    return this.generations.stream({ request, reply }, context, this.prepare(model, body, context));
  }

  private prepare(
    model: string,
    { text_input: prompt, id, parameters }: OpenGenerateRequest,
    { principal, cache, record }: RequestContext,
  ): ApiGeneration<OpenGenerateResponse> {
    const { name } = this.models.get(model, principal);
    Object.assign(record, { operation: 'text_completion', model: name });
    if (record.prompt !== undefined) record.prompt = prompt;
    const fields = parameters ?? {};
    assertKnownTokens(fields, this.models.info(name).vocabSize, '/parameters');
    const params = toSamplingParams(fields, {
      maxNewTokens: fields.max_tokens ?? DEFAULT_MAX_TOKENS,
      temperature: fields.temperature,
      topP: fields.top_p,
      topK: fields.top_k,
      seed: fields.seed,
      stops: fields.stop,
    });
    const { priority, cache_salt: cacheSalt } = fields;
    const request = {
      principal,
      cache,
      model: name,
      prompt,
      params,
      priority: priority ?? undefined,
      cacheSalt: cacheSalt ?? undefined,
    };
    const head = { ...(typeof id === 'string' && { id }), model_name: name, model_version: VERSION };
    const withDetails = fields.details === true;
    return {
      begin: () => [request],
      toAnswer: ([{ choices }]) => toGenerateResponse(head, choices[0], withDetails),
      writer: () => generateEventWriter(head, withDetails),
    };
  }
}
