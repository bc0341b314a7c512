import type { Readable } from 'node:stream';
import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  type ChatPrompt,
  EncoderService,
  ModelRegistry,
  type ModelUse,
  promptOf,
  TextService,
  withoutGuards,
} from '@frontier/inference';
import {
  ErrorFormat,
  invalidRequest,
  jsonStream,
  LimitBody,
  recordOf,
  requestDeadline,
  requestPrincipal,
} from '@frontier/http';
import { ApiTeiOrOpenAiErrors } from '../../encoders/tei/api-tei-errors.decorator.js';
import { teiErrorFormat } from '../../encoders/tei/tei-error.js';
import { assertKnown } from '../../sampling/known-tokens.js';
import { CONVERSATION_LIMITS } from '../../sampling/conversation-limits.js';
import { openAiErrorFormat } from '../errors/openai-error.js';
import { ApiOpenAiErrors } from '../errors/api-openai-errors.decorator.js';
import { toolOptions } from '../../conversation/tool-use.js';
import { toToolUse } from '../tools/to-tool-use.js';
import { type ChatMessage, toInferenceMessage } from '../chat/chat.message.js';
import {
  ApplyTemplateRequest,
  DetokenizeRequest,
  MAX_TEXT,
  type ModelTextRequest,
  TokenizeRequest,
} from './tokens.request.js';
import { AnyTokenizeRequest, isTeiTokenize, TeiTokenizeRequest } from './any-tokenize.request.js';
import { TeiToken, toTeiTokens } from './tei-tokens.response.js';
import { Text, Tokens } from './tokens.response.js';
import { warnOfUnknownFields } from '../request/unknown-fields.js';
import { HoldsModel, HoldsModelBy } from '../../models/holds-model.decorator.js';

/** Tokenizer and chat template routes; no model is run. */
@Controller()
@ApiTags('openai')
@ApiBearerAuth()
export class TokensController {
  constructor(
    private readonly texts: TextService,
    private readonly models: ModelRegistry,
    private readonly encoders: EncoderService,
  ) {}

  @Post('tokenize')
  @HoldsModelBy((body) => (isTeiTokenize(body) ? ['embed', 'rerank', 'classify'] : undefined))
  @ErrorFormat(({ body }) => (isTeiTokenize(body) ? teiErrorFormat : openAiErrorFormat))
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Tokenize a text or a conversation',
    description: 'With `inputs`, texts for an encoder, as Text Embeddings Inference, errors included.',
  })
  @ApiTeiOrOpenAiErrors()
  @ApiExtraModels(TokenizeRequest, TeiTokenizeRequest, Tokens, TeiToken)
  @ApiBody({
    schema: { anyOf: [{ $ref: getSchemaPath(TokenizeRequest) }, { $ref: getSchemaPath(TeiTokenizeRequest) }] },
    examples: {
      text: { summary: 'A text', value: { prompt: 'Once upon a time' } },
      conversation: { summary: 'A conversation', value: { messages: [{ role: 'user', content: 'Hello!' }] } },
      texts: { summary: 'Two texts (TEI)', value: { inputs: ['Cats eat mice.', 'Berlin is a city.'] } },
    },
  })
  @ApiOkResponse({
    description: 'The tokens, in the form of the request.',
    schema: {
      oneOf: [
        { $ref: getSchemaPath(Tokens) },
        { type: 'array', items: { type: 'array', items: { $ref: getSchemaPath(TeiToken) } } },
      ],
    },
  })
  async tokenize(
    @Body() body: AnyTokenizeRequest,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Tokens | Readable> {
    if (isTeiTokenize(body)) return jsonStream(reply, toTeiTokens(await this.pieces(body, request, reply)));
    return this.textTokens(body, request, reply);
  }

  @Post('detokenize')
  @HoldsModel()
  @ErrorFormat(openAiErrorFormat)
  @ApiOpenAiErrors()
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
  @HoldsModel()
  @ErrorFormat(openAiErrorFormat)
  @ApiOpenAiErrors()
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
    const { prompt } = await this.conversation(body.messages, body, this.use(body, request, reply));
    return { prompt: withoutGuards(prompt) };
  }

  private async textTokens(body: TokenizeRequest, request: FastifyRequest, reply: FastifyReply): Promise<Tokens> {
    const use = this.use(body, request, reply);
    const { prompt, addSpecialTokens } = await this.text(body, use);
    const tokens = await this.texts.tokenize(use, prompt, body.add_special_tokens ?? addSpecialTokens);
    return { tokens, count: tokens.length, max_model_len: this.models.limits(use.model).maxTokens };
  }

  /** The tokens of each text of a request in the form of TEI, which is one to an encoder. */
  private async pieces(
    { inputs, model, prompt_name, add_special_tokens }: TeiTokenizeRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Awaited<ReturnType<TextService['tokenPieces']>>[]> {
    const info = this.encoders.anyInfo(model ?? undefined, requestPrincipal(request));
    const use = this.use({ model: info.name }, request, reply);
    const prompt = promptOf(info, prompt_name ?? undefined) ?? '';
    const texts = typeof inputs === 'string' ? [inputs] : inputs;
    const pieces = [];
    for (const text of texts) pieces.push(await this.texts.tokenPieces(use, prompt + text, add_special_tokens ?? true));
    return pieces;
  }

  private use(body: ModelTextRequest, request: FastifyRequest, reply: FastifyReply): ModelUse {
    warnOfUnknownFields(request, reply, body);
    const principal = requestPrincipal(request);
    const { name } = this.models.get(body.model ?? undefined, principal);
    const record = recordOf(request);
    if (record) record.model = name;
    return { model: name, principal, deadline: requestDeadline(request, reply) };
  }

  private async text(body: TokenizeRequest, use: ModelUse): Promise<Pick<ChatPrompt, 'prompt' | 'addSpecialTokens'>> {
    const { prompt, messages } = body;
    if (typeof prompt === 'string' && !messages) return { prompt, addSpecialTokens: true };
    if (messages && typeof prompt !== 'string') return this.conversation(messages, body, use);
    throw invalidRequest([{ pointer: '/prompt', detail: 'either prompt or messages must be given' }]);
  }

  private async conversation(
    messages: readonly ChatMessage[],
    tools: Parameters<typeof toToolUse>[0],
    use: ModelUse,
  ): Promise<ChatPrompt> {
    const options = toolOptions(toToolUse(tools));
    const chat = await this.texts.applyTemplate(use, messages.map(toInferenceMessage), options);
    if (chat.prompt.length <= MAX_TEXT) return chat;
    throw invalidRequest([{ pointer: '/messages', detail: `they must have at most ${MAX_TEXT} characters together` }]);
  }
}
