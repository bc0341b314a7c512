import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Inject, Optional, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AcceptAnyContentType, ApiRequestHeaders, CurrentRequest, Problem, type RequestContext } from '@frontier/http';
import { ModelRegistry } from '@frontier/inference';
import { type ApiGeneration, GenerationHandler } from '../generation/generation-handler.js';
import { assertKnownTokens } from '../sampling/known-tokens.js';
import { AsyncResponder, prefersAsync } from './async-responder.js';
import { inferEventWriter } from './infer-event.writer.js';
import { InferRequest } from './infer.request.js';
import { InferResponse, toInferUsage } from './infer.response.js';
import { toGenerateRequest } from './to-generate-request.js';
import { HoldsModel } from '../models/holds-model.decorator.js';

const EXAMPLES = {
  story: {
    summary: 'The beginning of a story',
    value: { prompt: 'Once upon a time', params: { max_new_tokens: 40, temperature: 0.7, seed: 1 } },
  },
};

@Controller('v1/infer')
@ApiTags('inference')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiResponse({ status: 400, description: 'The body is not JSON.', type: Problem })
@ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem })
@ApiResponse({ status: 404, description: 'There is no such model that the key may use.', type: Problem })
@ApiResponse({ status: 409, description: 'A request with this idempotency key is still running.', type: Problem })
@ApiResponse({ status: 413, description: 'The body is too large.', type: Problem })
@ApiResponse({ status: 415, description: 'The body is compressed, or not in UTF-8.', type: Problem })
@ApiResponse({
  status: 422,
  description:
    'A field is invalid or unknown, the prompt exceeds the context, or the idempotency key was used for another request.',
  type: Problem,
})
@ApiResponse({
  status: 429,
  description: "The caller's limit is reached; `Retry-After` says when to try again.",
  type: Problem,
})
@ApiResponse({ status: 500, description: 'The engine failed; the request can be sent again.', type: Problem })
@ApiResponse({
  status: 503,
  description:
    'The server is at capacity, or the model is loading or recovering; `Retry-After` says when to try again.',
  type: Problem,
})
@ApiResponse({ status: 504, description: 'The request timed out.', type: Problem })
export class InferController {
  constructor(
    private readonly generations: GenerationHandler,
    private readonly models: ModelRegistry,
    @Optional() @Inject(AsyncResponder) private readonly asyncResponder?: AsyncResponder,
  ) {}

  @Post()
  @HoldsModel()
  @HttpCode(200)
  @AcceptAnyContentType()
  @ApiOperation({ summary: 'Continue a prompt', description: 'Responds when the whole completion is generated.' })
  @ApiBody({ type: InferRequest, examples: EXAMPLES })
  @ApiOkResponse({ type: InferResponse })
  infer(
    @Body() body: InferRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    if (this.asyncResponder && prefersAsync(request)) {
      return this.asyncResponder.respond(body, context, { request, reply });
    }
    const generation = this.prepare(body, context);
    return this.generations.respond({ request, reply }, context, {
      ...generation,
      toAnswer: ([{ model, choices, usage, cache }]): InferResponse => ({
        id: `infer-${randomUUID()}`,
        model,
        output: choices[0].text,
        usage: toInferUsage(usage),
        latency_ms: Math.round(reply.elapsedTime * 10) / 10,
        cached: cache === 'HIT',
        finish_reason: choices[0].finishReason,
      }),
    });
  }

  @Post('stream')
  @HoldsModel()
  @HttpCode(200)
  @AcceptAnyContentType()
  @ApiOperation({
    summary: 'Continue a prompt, streamed',
    description: [
      'Server-sent events while the completion is generated:',
      '`event: token` with `{"text", "finish_reason"}`, then `event: done` with `{"usage", "finish_reason"}`.',
      'An error after the first event is `event: error` with `{"error": {"code", "message", ...}}`, and the end of the stream.',
      'The joined texts equal the `output` of `POST /v1/infer`.',
    ].join('\n'),
  })
  @ApiBody({ type: InferRequest, examples: EXAMPLES })
  @ApiProduces('text/event-stream')
  @ApiResponse({
    status: 200,
    description: 'The events.',
    content: {
      'text/event-stream': {
        schema: { type: 'string' },
        example: [
          'event: token\ndata: {"text":" there","finish_reason":null}\n\n',
          'event: token\ndata: {"text":".","finish_reason":"length"}\n\n',
          'event: done\ndata: {"usage":{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7},"finish_reason":"length"}\n\n',
        ].join(''),
      },
    },
  })
  stream(
    @Body() body: InferRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Readable> {
    return this.generations.stream({ request, reply }, context, this.prepare(body, context));
  }

  private prepare(body: InferRequest, context: RequestContext): Pick<ApiGeneration<object>, 'begin' | 'writer'> {
    const { principal, record } = context;
    record.operation = 'text_completion';
    const { name } = this.models.get(body.model ?? undefined, principal);
    record.model = name;
    if (body.params) assertKnownTokens(body.params, this.models.info(name).vocabSize, '/params');
    if (record.prompt !== undefined) record.prompt = body.prompt;
    const request = toGenerateRequest(body, context);
    return { begin: () => [request], writer: () => inferEventWriter(record.requestId) };
  }
}
