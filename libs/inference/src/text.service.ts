import { Injectable } from '@nestjs/common';
import { BatchingService } from '@frontier/batching';
import { assertMayUse } from './caller-rights.js';
import { type ChatMessage, type ChatPrompt, chatPrompt } from './chat-prompt.js';
import type { RequestCaller } from './generate-request.js';
import { ModelRegistry } from './model-registry.js';

/** Which model is meant, and who asks. */
export interface ModelUse {
  /** A name or alias; default: the server's default model. */
  model?: string;
  caller?: RequestCaller;
}

/**
 * What a model makes of text, without running it. All methods throw `model_not_found`, `forbidden` and, while its engine is
 * not ready, `model_loading` or `model_unavailable`.
 */
@Injectable()
export class TextService {
  constructor(
    private readonly models: ModelRegistry,
    private readonly batching: BatchingService,
  ) {}

  /** The token ids of a text. */
  async tokenize(use: ModelUse, text: string, addSpecialTokens = true): Promise<number[]> {
    return this.engine(use).tokenize(text, addSpecialTokens);
  }

  /**
   * The text of tokens; special ones have none.
   * @throws `invalid_request` naming a token that the model does not have
   */
  async detokenize(use: ModelUse, tokens: readonly number[]): Promise<string> {
    return this.engine(use).detokenize(tokens);
  }

  /**
   * A conversation as the text that the model continues.
   * @throws `invalid_request` where its template does not take the messages
   */
  chatPrompt(use: ModelUse, messages: readonly ChatMessage[]): ChatPrompt {
    const { name } = this.models.get(use.model);
    return chatPrompt(name, this.engine(use).info().chatTemplate, messages);
  }

  private engine({ model, caller }: ModelUse): ReturnType<BatchingService['engine']> {
    const definition = this.models.get(model);
    assertMayUse(caller, definition);
    return this.batching.engine(definition.name);
  }
}
