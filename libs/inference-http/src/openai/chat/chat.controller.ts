import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  ApiRequestHeaders,
  CurrentRequest,
  ErrorFormat,
  invalidRequest,
  LimitBody,
  type RequestContext,
} from '@frontier/http';
import { ModelRegistry, PLAIN_ANSWER, TextService } from '@frontier/inference';
import { prepareAnswer } from '../../conversation/answer-request.js';
import { toolOptions } from '../../conversation/tool-use.js';
import { type ApiGeneration, GenerationHandler } from '../../generation/generation-handler.js';
import { CONVERSATION_LIMITS } from '../../sampling/conversation-limits.js';
import { ApiOpenAiGenerationErrors } from '../errors/api-openai-errors.decorator.js';
import { openAiErrorFormat } from '../errors/openai-error.js';
import { assertStreamOptions, toRequest } from '../request/to-request.js';
import { warnOfUnknownFields } from '../request/unknown-fields.js';
import { ChatCompletionChunk } from '../response/chunks.js';
import { completionEnvelope } from '../response/completion-envelope.js';
import { ChatLogprobs } from '../response/token-logprobs.js';
import { OpenAiUsage } from '../response/usage.js';
import { toToolUse } from '../tools/to-tool-use.js';
import { ChatEventWriter } from './chat-event.writer.js';
import { toChatOptions } from './chat-options.js';
import { toInferenceMessage } from './chat.message.js';
import { ChatRequest } from './chat.request.js';
import { ChatCompletion, toChatCompletion } from './chat.response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

@Controller('v1/chat/completions')
@ErrorFormat(openAiErrorFormat)
@ApiTags('openai')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class ChatController {
  constructor(
    private readonly generations: GenerationHandler,
    private readonly texts: TextService,
    private readonly models: ModelRegistry,
  ) {}

  @Post()
  @HoldsModel()
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Continue a conversation',
    description: [
      "The conversation is written with the model's own chat template; a model without one gets a plain script.",
      'With `stream`, the response is server-sent events: `data: {chunk}` with the role first, text, the finish reason last,',
      'usage where it is requested, and `data: [DONE]`; an error is `data: {"error": {...}}`, and no `[DONE]`.',
      'With `tools`, calls are held to their schemas; what a model thinks between `<think>` marks is `reasoning_content`.',
      'Unsupported fields of other servers that would change the completion are rejected with 400; hints are ignored;',
      'unknown fields are ignored and listed in the `Warning` header.',
    ].join('\n'),
  })
  @ApiBody({
    type: ChatRequest,
    examples: {
      greeting: {
        summary: 'A greeting',
        value: { messages: [{ role: 'user', content: 'Hello!' }], temperature: 0 },
      },
      story: {
        summary: 'A story',
        value: {
          messages: [{ role: 'user', content: 'Tell me a story about a fox.' }],
          max_completion_tokens: 120,
          temperature: 0.6,
          seed: 13,
        },
      },
    },
  })
  @ApiExtraModels(ChatCompletion, ChatCompletionChunk, ChatLogprobs, OpenAiUsage)
  @ApiResponse({
    status: 200,
    description: 'The completion, or its chunks.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(ChatCompletion) } },
      'text/event-stream': { schema: { $ref: getSchemaPath(ChatCompletionChunk) } },
    },
  })
  async create(
    @Body() body: ChatRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChatCompletion | Readable> {
    assertStreamOptions(body);
    warnOfUnknownFields(request, reply, body);
    const { principal, deadline, record } = context;
    const { name } = this.models.get(body.model ?? undefined, principal);
    Object.assign(record, { operation: 'chat', model: name });
    const info = this.models.info(name);
    const toolUse = toToolUse(body);
    const options = { ...toChatOptions(body), ...toolOptions(toolUse) };
    const maxNewTokens = body.max_completion_tokens ?? body.max_tokens ?? info.contextLength;
    const settings = toRequest(body, context, info, maxNewTokens, topLogprobsOf(body));
    const envelope = completionEnvelope('chatcmpl', name, info);
    if (toolUse && settings.params?.jsonSchema !== undefined) throw schemaBesideTools();
    const withLogprobs = body.logprobs === true;
    let form = PLAIN_ANSWER;
    const generation: ApiGeneration<ChatCompletion> = {
      begin: async () => {
        const conversation = { messages: body.messages.map(toInferenceMessage), options, toolUse };
        const use = { model: name, principal, deadline };
        const answer = await prepareAnswer(this.texts, use, conversation, { settings, record });
        form = answer.form;
        return [answer.request];
      },
      toAnswer: ([completion]) => toChatCompletion(envelope, completion, { form, withLogprobs }),
      writer: () => new ChatEventWriter(envelope, body.stream_options ?? {}, withLogprobs, form),
      // Probabilities may be many megabytes.
      isLarge: withLogprobs,
    };
    return body.stream
      ? this.generations.stream({ request, reply }, context, generation)
      : this.generations.respond({ request, reply }, context, generation);
  }
}

/** @throws `invalid_request` */
function topLogprobsOf({ logprobs, top_logprobs }: ChatRequest): number | undefined {
  if (logprobs) return top_logprobs ?? 0;
  if (top_logprobs) throw invalidRequest([{ pointer: '/top_logprobs', detail: 'top_logprobs needs logprobs: true' }]);
  return undefined;
}

function schemaBesideTools(): Error {
  const detail = 'a schema of the whole answer and tools exclude each other: use tool_choice: "none", or a tool';
  return invalidRequest([{ pointer: '/response_format', detail }]);
}
