import { Inject, Injectable } from '@nestjs/common';
import { BatchingService, type ChatPrompt, type Deadline, type ModelEngine, type TextUse } from '@frontier/batching';
import type { ChatMessage, ChatOptions, TokenPiece } from '@frontier/engine';
import { type InferenceModuleOptions, MODULE_OPTIONS_TOKEN } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import type { Principal } from './request/principal.js';
import { chargeText, tokensOf } from './tokens/text-cost.js';

/** The model and the caller of a text operation. */
export interface ModelUse {
  /** A name or alias; default: the server's default model. */
  model?: string;
  principal?: Principal;
  /** Default: none. */
  deadline?: Deadline;
}

/**
 * Tokenization and chat templates of models, without running them. All methods throw `model_not_found`, `rate_limit_exceeded` and,
 * while its engine is not ready, `model_loading` or `model_unavailable`.
 */
@Injectable()
export class TextService {
  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) private readonly options: InferenceModuleOptions,
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {}

  /** The token ids of a text. */
  async tokenize(use: ModelUse, text: string, addSpecialTokens = true): Promise<number[]> {
    return this.using(use, async (engine) => {
      await chargeText(this.options.tokens, use.principal, tokensOf(text));
      return [...(await engine.encode(text, { addSpecialTokens, ...textUse(use) }))];
    });
  }

  /** As {@link tokenize}, for a generation, which is charged for its prompt; a text that fails is charged here. */
  async promptTokens(
    use: ModelUse,
    text: string,
    { addSpecialTokens = true, keepLast }: { addSpecialTokens?: boolean; keepLast?: number } = {},
  ): Promise<number[]> {
    try {
      const options = { addSpecialTokens, keepLast, ...textUse(use) };
      return [...(await this.using(use, (engine) => engine.encode(text, options)))];
    } catch (error) {
      await chargeText(this.options.tokens, use.principal, tokensOf(text)).catch(() => {});
      throw error;
    }
  }

  /** The tokens of a text, each with its own text. */
  async tokenPieces(use: ModelUse, text: string, addSpecialTokens = true): Promise<(TokenPiece & { id: number })[]> {
    return this.using(use, async (engine) => {
      await chargeText(this.options.tokens, use.principal, tokensOf(text));
      const ids = await engine.encode(text, { addSpecialTokens, ...textUse(use) });
      const pieces = await engine.pieces(ids, textUse(use));
      return pieces.map((piece, i) => ({ id: ids[i], ...piece }));
    });
  }

  /** The text of tokens; special ones have none. */
  async detokenize(use: ModelUse, tokens: readonly number[]): Promise<string> {
    return this.using(use, async (engine) => {
      await chargeText(this.options.tokens, use.principal, tokens.length);
      return engine.decode(tokens, textUse(use));
    });
  }

  /**
   * Writes a conversation with the model's chat template.
   * @throws `invalid_request` where its template does not take the messages, `chat_template_invalid`
   */
  async applyTemplate(use: ModelUse, messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<ChatPrompt> {
    return this.using(use, async (engine) => {
      await chargeText(this.options.tokens, use.principal, tokensOfChat(messages, options));
      return engine.chat(messages, options, textUse(use));
    });
  }

  /** As {@link applyTemplate}, for a generation, which is charged for its prompt; a conversation that fails is charged here. */
  async chatPrompt(use: ModelUse, messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<ChatPrompt> {
    const { name } = this.models.get(use.model, use.principal);
    try {
      return await this.batching.using(name, use.deadline, (engine) => engine.chat(messages, options, textUse(use)));
    } catch (error) {
      await chargeText(this.options.tokens, use.principal, tokensOfChat(messages, options)).catch(() => {});
      throw error;
    }
  }

  private async using<T>(
    { model, principal, deadline }: ModelUse,
    work: (engine: ModelEngine) => Promise<T>,
  ): Promise<T> {
    return this.batching.using(this.models.get(model, principal).name, deadline, work);
  }
}

function textUse({ principal, deadline }: ModelUse): TextUse {
  return { caller: principal?.id, signal: deadline?.signal };
}

function tokensOfChat(messages: readonly ChatMessage[], { tools = [], variables }: ChatOptions): number {
  const said = messages.reduce(
    (sum, { content, reasoning = '', toolCalls }) =>
      sum + tokensOf(content) + tokensOf(reasoning) + (toolCalls ? tokensOf(JSON.stringify(toolCalls)) : 0),
    0,
  );
  return said + tokensOf(JSON.stringify([tools, variables]));
}
