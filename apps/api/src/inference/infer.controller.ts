import { randomUUID } from 'node:crypto';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiProduces,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InferenceService } from '@frontier/inference';
import { DisconnectSignal } from '../http/disconnect-signal.decorator.js';
import { JsonWhateverType } from '../http/json-body.js';
import { Problem } from '../http/problem.js';
import { sendEvents } from '../http/server-sent-events.js';
import { InferRequest } from './infer.request.js';
import { InferResponse, toInferUsage } from './infer.response.js';
import { inferStream } from './infer-stream.js';
import { serverTiming } from './server-timing.js';
import { toGenerateRequest } from './to-generate-request.js';

@Controller('v1/infer')
@ApiTags('inference')
@ApiBearerAuth()
@ApiHeader({ name: 'X-Request-ID', required: false, description: 'Your id of this request, sent back and logged.' })
@ApiResponse({ status: 400, description: 'The body is not JSON.', type: Problem })
@ApiResponse({ status: 401, description: 'No token, or a wrong one.', type: Problem })
@ApiResponse({ status: 404, description: 'There is no such model.', type: Problem })
@ApiResponse({ status: 413, description: 'The body is too large.', type: Problem })
@ApiResponse({
  status: 422,
  description: 'A field is invalid or unknown, or the prompt exceeds the context.',
  type: Problem,
})
@ApiResponse({ status: 500, description: 'The engine failed; the request can be sent again.', type: Problem })
@ApiResponse({ status: 503, description: 'The model is loading, or the server is at capacity.', type: Problem })
export class InferController {
  constructor(private readonly inference: InferenceService) {}

  @Post()
  @HttpCode(200)
  @JsonWhateverType()
  @ApiOperation({ summary: 'Continue a prompt', description: 'Answers when the whole continuation is generated.' })
  @ApiOkResponse({ type: InferResponse })
  async infer(
    @Body() body: InferRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @DisconnectSignal() signal: AbortSignal,
  ): Promise<InferResponse> {
    const completion = await this.inference.complete(toGenerateRequest(body), signal);
    const { model, text, usage, finishReason, durations } = completion;
    reply.header('server-timing', serverTiming(durations));
    return {
      id: `infer-${randomUUID()}`,
      model,
      output: text,
      usage: toInferUsage(usage),
      latency_ms: Math.round(reply.elapsedTime * 10) / 10,
      cached: false,
      finish_reason: finishReason,
    };
  }

  @Post('stream')
  @HttpCode(200)
  @JsonWhateverType()
  @ApiOperation({
    summary: 'Continue a prompt, streamed',
    description: [
      'Server-sent events while the continuation is generated:',
      '`event: token` with `{"text", "finish_reason"}`, then `event: done` with `{"usage", "finish_reason"}`.',
      'A fault after the first event is `event: error` with `{"error": {"code", "message", ...}}`, and the end.',
      'The texts joined are what `POST /v1/infer` answers.',
    ].join('\n'),
  })
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
  async stream(
    @Body() body: InferRequest,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @DisconnectSignal() signal: AbortSignal,
  ): Promise<void> {
    const events = this.inference.generate(toGenerateRequest(body), signal);
    // Until the first token an error is an ordinary status.
    const { value: first } = await events.next();
    if (!first) throw new Error('Bug: a generation ended without a result or an error.');
    if (first.started) reply.header('server-timing', serverTiming(first.started));
    sendEvents(reply, inferStream(first, events, request.id));
  }
}
