import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiSecurity,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiRequestHeaders, CurrentRequest, ErrorFormat, LimitBody, type RequestContext } from '@frontier/http';
import { ModelRegistry, type ModelUse, PLAIN_ANSWER, TextService } from '@frontier/inference';
import { warnOfIgnoredFields } from '../../conversation/ignored-fields.js';
import { prepareAnswer } from '../../conversation/answer-request.js';
import { type ApiGeneration, GenerationHandler } from '../../generation/generation-handler.js';
import { CONVERSATION_LIMITS } from '../../sampling/conversation-limits.js';
import { anthropicErrorFormat } from '../errors/anthropic-error.js';
import { ApiAnthropicErrors, ApiAnthropicGenerationErrors } from '../errors/api-anthropic-errors.decorator.js';
import { unknownFields } from '../request/peer-fields.js';
import { Message, messageEnvelope, toMessage } from '../response/message.response.js';
import { MessageEventWriter } from '../response/message-event.writer.js';
import { MessageStreamEvent } from '../response/stream-event.js';
import { TokenCount } from '../response/token-count.js';
import { type ConversationRequest, CountTokensRequest } from './conversation.request.js';
import { MessageRequest } from './message.request.js';
import { toConversation } from './to-conversation.js';
import { toGenerateRequest } from './to-generate-request.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

const GREETING = { model: 'storyteller', messages: [{ role: 'user', content: 'Hello!' }] };

@Controller('v1/messages')
@ErrorFormat(anthropicErrorFormat)
@ApiTags('anthropic')
@ApiBearerAuth()
@ApiSecurity('x-api-key')
@ApiHeader({ name: 'anthropic-version', required: false, description: 'Any version is accepted.' })
@ApiAnthropicErrors()
export class MessagesController {
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
    summary: "Continue a conversation, in the form of Anthropic's API",
    description: [
      "The conversation is written with the model's own chat template; a model without one gets a plain script.",
      'With `stream`, the response is server-sent events: `message_start` with the tokens of the prompt, `ping`, for each block',
      '`content_block_start`, `content_block_delta` and `content_block_stop`, then `message_delta` with the reason for the end, and `message_stop`;',
      'an error is an event `error`.',
      'Unsupported fields that would change the answer are rejected with 400; hints are ignored;',
      'unknown fields are ignored and listed in the `Warning` header.',
    ].join('\n'),
  })
  @ApiRequestHeaders()
  @ApiAnthropicGenerationErrors()
  @ApiBody({
    type: MessageRequest,
    examples: { greeting: { summary: 'A greeting', value: { ...GREETING, max_tokens: 128 } } },
  })
  @ApiExtraModels(Message, MessageStreamEvent)
  @ApiResponse({
    status: 200,
    description: 'The message, or its events.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(Message) } },
      'text/event-stream': { schema: { $ref: getSchemaPath(MessageStreamEvent) } },
    },
  })
  async create(
    @Body() body: MessageRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Message | Readable> {
    const use = this.use(body, context, request, reply);
    const { record } = context;
    const settings = toGenerateRequest(body, context, this.models.info(use.model));
    const { messages, options, toolUse } = toConversation(body);
    const envelope = messageEnvelope(use.model);
    const blocks = { form: PLAIN_ANSWER, omitsThoughts: body.thinking?.display === 'omitted' };
    const generation: ApiGeneration<Message> = {
      begin: async () => {
        const answer = await prepareAnswer(this.texts, use, { messages, options, toolUse }, { settings, record });
        blocks.form = answer.form;
        return [answer.request];
      },
      toAnswer: ([completion]) => toMessage(envelope, completion, blocks),
      writer: () => new MessageEventWriter(envelope, record.requestId, blocks),
    };
    return body.stream
      ? this.generations.stream({ request, reply }, context, generation)
      : this.generations.respond({ request, reply }, context, generation);
  }

  @Post('count_tokens')
  @HoldsModel()
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Count the tokens of a conversation',
    description: 'The prompt is written as for an answer; no model is run.',
  })
  @ApiBody({ type: CountTokensRequest, examples: { greeting: { summary: 'A greeting', value: GREETING } } })
  @ApiOkResponse({ type: TokenCount })
  async countTokens(
    @Body() body: CountTokensRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TokenCount> {
    const use = this.use(body, context, request, reply);
    const { messages, options } = toConversation(body);
    const { prompt, addSpecialTokens } = await this.texts.applyTemplate(use, messages, options);
    return { input_tokens: (await this.texts.tokenize(use, prompt, addSpecialTokens)).length };
  }

  /** Notes the model of a request, and warns of its unknown fields. */
  private use(
    body: ConversationRequest,
    { principal, deadline, record }: RequestContext,
    request: FastifyRequest,
    reply: FastifyReply,
  ): ModelUse & { model: string } {
    warnOfIgnoredFields(request, reply, unknownFields(request.body as object, body));
    const { name: model } = this.models.get(body.model ?? undefined, principal);
    Object.assign(record, { operation: 'chat', model });
    return { model, principal, deadline };
  }
}
