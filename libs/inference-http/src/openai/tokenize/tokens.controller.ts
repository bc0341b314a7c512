import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ChatPrompt, ModelRegistry, type ModelUse, TextService } from '@frontier/inference';
import { ErrorFormat, invalidRequest, LimitBody, recordOf, requestDeadline, requestPrincipal } from '@frontier/http';
import { assertKnown } from '../../sampling/known-tokens.js';
import { CONVERSATION_LIMITS } from '../../sampling/conversation-limits.js';
import { openAiErrorFormat } from '../errors/openai-error.js';
import { ApiOpenAiErrors } from '../errors/api-openai-errors.decorator.js';
import { type ChatMessage, toInferenceMessage } from '../chat/chat.message.js';
import {
  ApplyTemplateRequest,
  DetokenizeRequest,
  MAX_TEXT,
  type ModelTextRequest,
  TokenizeRequest,
} from './tokens.request.js';
import { Text, Tokens } from './tokens.response.js';
import { warnOfUnknownFields } from '../request/unknown-fields.js';

/** Tokenizer and chat template routes; no model is run. */
@Controller()
@ErrorFormat(openAiErrorFormat)
@ApiTags('openai')
@ApiBearerAuth()
@ApiOpenAiErrors()
export class TokensController {
  constructor(
    private readonly texts: TextService,
    private readonly models: ModelRegistry,
  ) {}

  @Post('tokenize')
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({ summary: 'Tokenize a text or a conversation' })
  @ApiBody({
    type: TokenizeRequest,
    examples: {
      text: { summary: 'A text', value: { prompt: 'Once upon a time' } },
      conversation: { summary: 'A conversation', value: { messages: [{ role: 'user', content: 'Hello!' }] } },
    },
  })
  @ApiOkResponse({ type: Tokens })
  async tokenize(
    @Body() body: TokenizeRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Tokens> {
    const use = this.use(body, request, reply);
    const { prompt, addSpecialTokens } = await this.text(body, use);
    const tokens = await this.texts.tokenize(use, prompt, body.add_special_tokens ?? addSpecialTokens);
    return { tokens, count: tokens.length, max_model_len: this.models.limits(use.model).maxTokens };
  }

  @Post('detokenize')
  @LimitBody({ ...CONVERSATION_LIMITS, values: 101_000 })
  @HttpCode(200)
  @ApiOperation({ summary: 'Detokenize token ids', description: 'Special tokens have no text.' })
  @ApiBody({
    type: DetokenizeRequest,
    examples: { tokens: { summary: 'Tokens', value: { tokens: [477, 474, 262, 414] } } },
  })
  @ApiOkResponse({ type: Text })
  async detokenize(
    @Body() body: DetokenizeRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Text> {
    const use = this.use(body, request, reply);
    assertKnown(body.tokens, this.models.limits(use.model).vocabSize, '/tokens');
    return { prompt: await this.texts.detokenize(use, body.tokens) };
  }

  @Post('apply-template')
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Apply the chat template to a conversation',
    description: "Written with the model's own chat template; a model without one gets a plain script.",
  })
  @ApiBody({
    type: ApplyTemplateRequest,
    examples: {
      conversation: { summary: 'A conversation', value: { messages: [{ role: 'user', content: 'Hello!' }] } },
    },
  })
  @ApiOkResponse({ type: Text })
  async applyTemplate(
    @Body() body: ApplyTemplateRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Text> {
    return { prompt: (await this.conversation(body.messages, this.use(body, request, reply))).prompt };
  }

  private use(body: ModelTextRequest, request: FastifyRequest, reply: FastifyReply): ModelUse {
    warnOfUnknownFields(request, reply, body);
    const principal = requestPrincipal(request);
    const { name } = this.models.get(body.model ?? undefined, principal);
    const record = recordOf(request);
    if (record) record.model = name;
    return { model: name, principal, deadline: requestDeadline(request, reply) };
  }

  private async text({ prompt, messages }: TokenizeRequest, use: ModelUse): Promise<ChatPrompt> {
    if (typeof prompt === 'string' && !messages) return { prompt, addSpecialTokens: true };
    if (messages && typeof prompt !== 'string') return this.conversation(messages, use);
    throw invalidRequest([{ pointer: '/prompt', detail: 'either prompt or messages must be given' }]);
  }

  private async conversation(messages: readonly ChatMessage[], use: ModelUse): Promise<ChatPrompt> {
    const chat = await this.texts.applyTemplate(use, messages.map(toInferenceMessage));
    if (chat.prompt.length <= MAX_TEXT) return chat;
    throw invalidRequest([{ pointer: '/messages', detail: `they must have at most ${MAX_TEXT} characters together` }]);
  }
}
