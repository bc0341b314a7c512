import { isAppError, messageOf } from '@frontier/errors';
import { chatTemplateInvalid, chatTooExpensive, finalMessageLost, messagesRefused } from '../errors/engine.errors.js';
import type { ChatTemplate } from '../model/chat-template.js';
import { ChatRenderer } from './chat-renderer.js';
import { TemplateRefusal, TemplateTooExpensive } from './python/chat-template.errors.js';

/** One turn of a conversation, in the words that chat templates know. */
export interface ChatMessage {
  role: string;
  content: string;
  name?: string;
}

/** Options of rendering a chat. */
export interface ChatOptions {
  /** Ends with the beginning of the assistant's next turn; default true, false with `continueFinalMessage`. */
  addGenerationPrompt?: boolean;
  /** Leaves the last turn open, so that the model continues it. */
  continueFinalMessage?: boolean;
  /** Further variables of the template, such as `enable_thinking`. */
  variables?: Readonly<Record<string, unknown>>;
}

/** For models that were not made for chats. */
const PLAIN = `{% for message in messages %}{{ message.role | capitalize }}: {{ message.content | trim }}
{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}`;

/** Real templates have a few thousand characters; reading a million of the costliest takes seconds. */
const MAX_TEMPLATE_LENGTH = 2 ** 18;

/** Conversations that a template must take, or refuse in its own words. */
const PROBES: readonly ChatMessage[][] = [
  [{ role: 'user', content: 'Hello' }],
  [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: 'Hello' },
    { role: 'assistant', content: 'Hi there.' },
    { role: 'user', content: 'Tell me a story.' },
  ],
];

/**
 * Writes conversations as a model's makers did (https://huggingface.co/docs/transformers/chat_templating) or, where they did
 * not, as a plain script: a line `Role: content` for each turn, and `Assistant:`.
 */
export class ChatPrompts {
  /** True if texts need the tokenizer's special tokens around them: a model's own template writes them itself. */
  readonly needsSpecialTokens: boolean;
  /** Why the model's template cannot be used; found by writing a few conversations. */
  readonly fault: string | undefined;
  private readonly renderer: ChatRenderer | undefined;
  private readonly tokens: Readonly<Record<string, string>>;

  constructor({ source, tokens }: ChatTemplate) {
    this.needsSpecialTokens = source === undefined;
    this.tokens = tokens;
    if (source !== undefined && source.length > MAX_TEMPLATE_LENGTH) {
      this.fault = `it has ${source.length} characters; at most ${MAX_TEMPLATE_LENGTH} are read`;
      return;
    }
    try {
      this.renderer = new ChatRenderer(source ?? PLAIN);
      for (const probe of PROBES) this.tryOut(probe);
    } catch (error) {
      this.fault = messageOf(error);
    }
  }

  /**
   * A conversation as the text that the model continues.
   * @throws `invalid_request` with the template's own words where it does not take the messages, or where they are too long;
   * `chat_template_invalid` where the template cannot be computed
   */
  render(messages: readonly ChatMessage[], options: ChatOptions = {}): string {
    if (!this.renderer || this.fault !== undefined) throw chatTemplateInvalid(this.fault ?? 'it cannot be read');
    try {
      return this.write(this.renderer, messages, options);
    } catch (error) {
      if (isAppError(error)) throw error;
      if (error instanceof TemplateRefusal) throw messagesRefused(error.message);
      if (error instanceof TemplateTooExpensive) throw chatTooExpensive();
      throw chatTemplateInvalid(messageOf(error), error);
    }
  }

  private write(renderer: ChatRenderer, messages: readonly ChatMessage[], options: ChatOptions): string {
    const { continueFinalMessage = false, addGenerationPrompt = !continueFinalMessage, variables } = options;
    const text = renderer.render({
      tools: null,
      documents: null,
      ...this.tokens,
      ...variables,
      messages,
      add_generation_prompt: addGenerationPrompt,
    });
    return continueFinalMessage ? upToFinalMessage(text, messages.at(-1)?.content ?? '') : text;
  }

  private tryOut(probe: readonly ChatMessage[]): void {
    try {
      this.write(this.renderer!, probe, {});
    } catch (error) {
      if (!(error instanceof TemplateRefusal)) throw error;
    }
  }
}

/** As `continue_final_message` of transformers' `apply_chat_template`: whatever the template adds to the last turn is cut. */
function upToFinalMessage(text: string, content: string): string {
  const trimmed = content.trim();
  const at = text.lastIndexOf(trimmed);
  if (at === -1) throw finalMessageLost();
  const begun = content.trimStart();
  return text.slice(0, at + (text.startsWith(begun, at) ? begun : trimmed).length);
}
