import { Inject, Injectable } from '@nestjs/common';
import { BatchingService } from '@frontier/batching';
import type { ChatMessage, ChatOptions } from '@frontier/engine';
import type { RequestCaller } from './generate-request.js';
import { MODULE_OPTIONS_TOKEN } from './inference.module-definition.js';
import type { InferenceModuleOptions } from './inference.options.js';
import { ModelRegistry } from './model-registry.js';
import { chargeText, tokensOf } from './text-cost.js';

/** Which model is meant, and who asks. */
export interface ModelUse {
  /** A name or alias; default: the server's default model. */
  model?: string;
  caller?: RequestCaller;
  /** Fires when nobody waits any longer. */
  signal?: AbortSignal;
}

/** A conversation as the text that the model continues with the assistant's next turn. */
export interface ChatPrompt {
  prompt: string;
  /** Whether the tokenizer's special tokens belong around it: a model's own template writes them itself. */
  addSpecialTokens: boolean;
}

/**
 * What a model makes of text, without running it. All methods throw `model_not_found`, `rate_limit_exceeded` and,
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
    const { caller, signal } = use;
    const engine = this.engine(use);
    await chargeText(this.options.tokens, caller, tokensOf(text));
    return [...(await engine.encode(text, { addSpecialTokens, caller: caller?.id, signal }))];
  }

  /** The text of tokens; special ones have none. */
  async detokenize(use: ModelUse, tokens: readonly number[]): Promise<string> {
    const engine = this.engine(use);
    await chargeText(this.options.tokens, use.caller, tokens.length);
    return engine.decode(tokens, { caller: use.caller?.id, signal: use.signal });
  }

  /**
   * A conversation as the text that the model continues.
   * @throws `invalid_request` where its template does not take the messages, `chat_template_invalid`
   */
  async applyTemplate(use: ModelUse, messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<ChatPrompt> {
    const engine = this.engine(use);
    await chargeText(this.options.tokens, use.caller, tokensOfMessages(messages));
    return engine.chat(messages, options, { caller: use.caller?.id, signal: use.signal });
  }

  /** As {@link applyTemplate}, for a generation, which counts the tokens of its prompt; one that comes to nothing is counted here. */
  async chatPrompt(use: ModelUse, messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<ChatPrompt> {
    const engine = this.engine(use);
    try {
      return await engine.chat(messages, options, { caller: use.caller?.id, signal: use.signal });
    } catch (error) {
      await chargeText(this.options.tokens, use.caller, tokensOfMessages(messages)).catch(() => {});
      throw error;
    }
  }

  private engine({ model, caller }: ModelUse): ReturnType<BatchingService['engine']> {
    return this.batching.engine(this.models.get(model, caller).name);
  }
}

function tokensOfMessages(messages: readonly ChatMessage[]): number {
  return messages.reduce((sum, { content }) => sum + tokensOf(content), 0);
}
