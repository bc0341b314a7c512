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
import { ModelRegistry, type ModelUse, TextService } from '@frontier/inference';
import { type ApiGeneration, GenerationHandler } from '../../generation/generation-handler.js';
import { CONVERSATION_LIMITS } from '../../sampling/conversation-limits.js';
import { assertKnown } from '../../sampling/known-tokens.js';
import { ApiOpenAiGenerationErrors } from '../errors/api-openai-errors.decorator.js';
import { openAiErrorFormat } from '../errors/openai-error.js';
import { assertStreamOptions, toRequest } from '../request/to-request.js';
import { warnOfUnknownFields } from '../request/unknown-fields.js';
import { TextCompletionChunk } from '../response/chunks.js';
import { completionEnvelope } from '../response/completion-envelope.js';
import { CompletionLogprobs } from '../response/token-logprobs.js';
import { OpenAiUsage } from '../response/usage.js';
import { CompletionEventWriter } from './completion-event.writer.js';
import { CompletionRequest, type Prompt, promptsOf } from './completion.request.js';
import type { Echo } from './echo.js';
import { TextCompletion, toTextCompletion } from './completion.response.js';
import { HoldsModel } from '../../models/holds-model.decorator.js';

/** As OpenAI's API has it. */
const DEFAULT_MAX_TOKENS = 16;
/** Completions of one request, and the most likely tokens that they list together: a whole response must fit in memory. */
const MAX_COMPLETIONS = 128;
const MAX_LOGPROBS = 250_000;

@Controller('v1/completions')
@ErrorFormat(openAiErrorFormat)
@ApiTags('openai')
@ApiBearerAuth()
@ApiRequestHeaders()
@ApiOpenAiGenerationErrors()
export class CompletionsController {
  constructor(
    private readonly generations: GenerationHandler,
    private readonly models: ModelRegistry,
    private readonly text: TextService,
  ) {}

  @Post()
  @HoldsModel()
  @LimitBody(CONVERSATION_LIMITS)
  @HttpCode(200)
  @ApiOperation({
    summary: 'Continue prompts',
    description: [
      `Texts, or token ids, which are taken as they are. At most ${DEFAULT_MAX_TOKENS} new tokens unless \`max_tokens\` says otherwise.`,
      'Streams, and fields that are not listed, are as those of chats.',
    ].join('\n'),
  })
  @ApiBody({
    type: CompletionRequest,
    examples: {
      story: {
        summary: 'The beginning of a story',
        value: { prompt: 'Once upon a time', max_tokens: 40, temperature: 0.7, seed: 1 },
      },
    },
  })
  @ApiExtraModels(TextCompletion, TextCompletionChunk, CompletionLogprobs, OpenAiUsage)
  @ApiResponse({
    status: 200,
    description: 'The completions, or their chunks.',
    content: {
      'application/json': { schema: { $ref: getSchemaPath(TextCompletion) } },
      'text/event-stream': { schema: { $ref: getSchemaPath(TextCompletionChunk) } },
    },
  })
  async create(
    @Body() body: CompletionRequest,
    @CurrentRequest() context: RequestContext,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TextCompletion | Readable> {
    assertStreamOptions(body);
    warnOfUnknownFields(request, reply, body);
    const { principal, deadline, record } = context;
    const { name } = this.models.get(body.model ?? undefined, principal);
    Object.assign(record, { operation: 'text_completion', model: name });
    const prompts = promptsOf(body.prompt);
    assertSize(body, prompts);
    if (record.prompt !== undefined) record.prompt = prompts.join('\n');
    const info = this.models.info(name);
    const withIds = body.return_token_ids === true;
    const withLogprobs = typeof body.logprobs === 'number';
    const withPromptLogprobs = typeof body.prompt_logprobs === 'number';
    // Ids come with log probabilities.
    const topLogprobs = body.logprobs ?? (withIds ? 0 : undefined);
    const maxTokens = body.max_tokens ?? DEFAULT_MAX_TOKENS;
    // A pass that reads the prompt samples a token in any case.
    const isAlone = body.echo === true && maxTokens === 0;
    const settings = toRequest(body, context, info, isAlone ? 1 : maxTokens, topLogprobs);
    const promptLogprobs = body.prompt_logprobs ?? (body.echo ? body.logprobs : undefined) ?? undefined;
    settings.params = { ...settings.params, promptLogprobs };
    for (const prompt of prompts) if (typeof prompt !== 'string') assertKnown(prompt, info.vocabSize, '/prompt');
    const addSpecialTokens = body.add_special_tokens ?? undefined;
    const envelope = completionEnvelope('cmpl', name, info);
    let echo: Echo | undefined;
    let promptIds: number[][] | undefined;
    const generation: ApiGeneration<TextCompletion> = {
      begin: async () => {
        const use = { model: name, principal, deadline };
        if (body.echo) echo = { texts: await this.texts(prompts, use), isAlone };
        if (withIds) {
          promptIds = await this.ids(prompts, use, { keepLast: settings.truncatePromptTokens, addSpecialTokens });
        }
        return prompts.map((prompt, i) => ({
          ...settings,
          prompt: promptIds?.[i] ?? prompt,
          addSpecialTokens,
          textTokens: promptIds && typeof prompt === 'string' ? promptIds[i].length : undefined,
        }));
      },
      toAnswer: (completions) =>
        toTextCompletion(envelope, completions, { withLogprobs, withPromptLogprobs, echo, promptIds }),
      writer: () =>
        new CompletionEventWriter(envelope, body.n ?? 1, body.stream_options ?? {}, { withLogprobs, echo, promptIds }),
      // Probabilities may be many megabytes.
      isLarge: withLogprobs || withPromptLogprobs || withIds,
    };
    return body.stream
      ? this.generations.stream({ request, reply }, context, generation)
      : this.generations.respond({ request, reply }, context, generation);
  }

  /** The tokens of prompts, as they are read: the last ones of prompts that are truncated. */
  private async ids(
    prompts: readonly Prompt[],
    use: ModelUse,
    options: { keepLast: number | undefined; addSpecialTokens: boolean | undefined },
  ): Promise<number[][]> {
    const { keepLast } = options;
    const ids: number[][] = [];
    for (const prompt of prompts) {
      if (typeof prompt === 'string') ids.push(await this.text.promptTokens(use, prompt, options));
      else ids.push(keepLast === undefined ? prompt : prompt.slice(-keepLast));
    }
    return ids;
  }

  /** The texts of prompts. */
  private async texts(prompts: readonly Prompt[], use: ModelUse): Promise<string[]> {
    const texts: string[] = [];
    for (const prompt of prompts) {
      texts.push(typeof prompt === 'string' ? prompt : await this.text.detokenize(use, prompt));
    }
    return texts;
  }
}

/** @throws `invalid_request` */
function assertSize(
  { n, logprobs, prompt_logprobs: ofPrompts, max_tokens, echo, stream }: CompletionRequest,
  prompts: readonly Prompt[],
): void {
  if (typeof ofPrompts === 'number') {
    const problem = stream
      ? 'prompt_logprobs are not streamed'
      : echo && typeof logprobs === 'number' && logprobs !== ofPrompts
        ? 'prompt_logprobs must be as many as logprobs where the prompt is echoed'
        : undefined;
    if (problem) throw invalidRequest([{ pointer: '/prompt_logprobs', detail: problem }]);
  }
  const completions = prompts.length * (n ?? 1);
  if (completions > MAX_COMPLETIONS) {
    throw invalidRequest([{ pointer: '/n', detail: `prompts times n must be at most ${MAX_COMPLETIONS}` }]);
  }
  // A text has no more tokens than characters.
  const read = prompts.reduce((sum, { length }) => sum + length, 0) * (n ?? 1);
  const entries =
    (completions * (max_tokens ?? DEFAULT_MAX_TOKENS) + (echo ? read : 0)) * (logprobs ?? 0) + read * (ofPrompts ?? 0);
  if (completions > 1 && entries > MAX_LOGPROBS) {
    const detail = `tokens times logprobs must be at most ${MAX_LOGPROBS}: prompts times n times max_tokens, and prompts that are echoed`;
    throw invalidRequest([{ pointer: '/logprobs', detail }]);
  }
}
