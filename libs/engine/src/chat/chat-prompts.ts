import { isAppError, messageOf } from '@frontier/errors';
import { chatTemplateInvalid, chatTooExpensive, finalMessageLost, messagesRefused } from '../errors/engine.errors.js';
import type { ChatTemplate } from '../model/chat-template.js';
import { TextGuard, withoutGuards } from '../text/added-tokens/guarded-text.js';
import { TOOL_FORMATS, type ToolFormatName } from '../tools/tool-format.js';
import type { AnswerForm, ChatMessage, ChatOptions, RenderedChat } from './chat-message.js';
import { ChatRenderer } from './chat-renderer.js';
import { withGenericTools } from './generic-tools.js';
import { TemplateRefusal, TemplateTooExpensive } from './python/chat-template.errors.js';
import { templateMessage, templateTool } from './template-variables.js';
import { TOOL_PROBE, toolFormatOf } from './tool-support.js';

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
  /** The template's own; `undefined` where it knows no tools. */
  private readonly toolFormat: ToolFormatName | undefined;
  /** True if it takes a system's turn. */
  private readonly takesSystem: boolean = true;
  /** True if the template knows of what a model thinks. */
  private readonly thinks: boolean;
  private readonly tokens: Readonly<Record<string, string>>;

  /** @param guard keeps special tokens out of what is said in a conversation; default: they are left in */
  constructor(
    { source, tokens }: ChatTemplate,
    private readonly guard: TextGuard = new TextGuard([]),
  ) {
    this.needsSpecialTokens = source === undefined;
    this.tokens = tokens;
    this.thinks = source?.includes('</think>') ?? false;
    if (source !== undefined && source.length > MAX_TEMPLATE_LENGTH) {
      this.fault = `it has ${source.length} characters; at most ${MAX_TEMPLATE_LENGTH} are read`;
      return;
    }
    try {
      this.renderer = new ChatRenderer(source ?? PLAIN);
      [, this.takesSystem] = PROBES.map((probe) => this.isTaken(probe));
      this.toolFormat = this.findToolFormat();
    } catch (error) {
      this.fault = messageOf(error);
    }
  }

  /**
   * A conversation as the text that the model continues.
   * @throws `invalid_request` with the template's own words where it does not take the messages, or where they are too long;
   * `chat_template_invalid` where the template cannot be computed
   */
  render(messages: readonly ChatMessage[], options: ChatOptions = {}): RenderedChat {
    if (!this.renderer || this.fault !== undefined) throw chatTemplateInvalid(this.fault ?? 'it cannot be read');
    try {
      const { guard } = this;
      const { tools, variables } = options;
      const said = { ...options, tools: guard.guard(tools), variables: guard.guard(variables) };
      return this.rendered(this.renderer, guard.guard(messages), said);
    } catch (error) {
      if (isAppError(error)) throw error;
      if (error instanceof TemplateRefusal) throw messagesRefused(withoutGuards(error.message));
      if (error instanceof TemplateTooExpensive) throw chatTooExpensive();
      throw chatTemplateInvalid(withoutGuards(messageOf(error)), error);
    }
  }

  private rendered(renderer: ChatRenderer, messages: readonly ChatMessage[], options: ChatOptions): RenderedChat {
    const { tools = [], mustCall = false } = options;
    const usesTools = tools.length > 0 || messages.some(({ role, toolCalls }) => role === 'tool' || toolCalls);
    const isGeneric = usesTools && this.toolFormat === undefined;
    const turns = isGeneric ? withGenericTools(messages, tools, this.takesSystem) : messages;
    const text = this.write(renderer, turns, isGeneric ? { ...options, tools: [] } : options);
    if (tools.length === 0) return { text, form: { isTriggered: false, thinking: this.thinking(text) } };
    const format = this.toolFormat ?? 'hermes';
    if (!mustCall) return { text, form: { tools: format, isTriggered: false, thinking: this.thinking(text) } };
    return {
      text: text + TOOL_FORMATS[format].trigger,
      form: { tools: format, isTriggered: true, thinking: 'none' },
    };
  }

  private thinking(text: string): AnswerForm['thinking'] {
    const end = text.slice(-64).trimEnd();
    if (!this.thinks || end.endsWith('</think>')) return 'none';
    return end.endsWith('<think>') ? 'begun' : 'possible';
  }

  private write(renderer: ChatRenderer, messages: readonly ChatMessage[], options: ChatOptions): string {
    const {
      continueFinalMessage = false,
      addGenerationPrompt = !continueFinalMessage,
      variables,
      tools = [],
    } = options;
    const text = renderer.render({
      documents: null,
      ...this.tokens,
      ...variables,
      tools: tools.length === 0 ? null : tools.map(templateTool),
      messages: messages.map((message) => templateMessage(message, this.toolFormat)),
      add_generation_prompt: addGenerationPrompt,
    });
    return continueFinalMessage ? upToFinalMessage(text, messages.at(-1)?.content ?? '') : text;
  }

  /** True if the template takes a conversation, false if it refuses it in its own words. */
  private isTaken(probe: readonly ChatMessage[]): boolean {
    try {
      this.write(this.renderer!, probe, {});
      return true;
    } catch (error) {
      if (error instanceof TemplateRefusal) return false;
      throw error;
    }
  }

  private findToolFormat(): ToolFormatName | undefined {
    const { messages, tools } = TOOL_PROBE;
    try {
      return toolFormatOf(this.write(this.renderer!, messages, { tools }));
    } catch {
      return undefined;
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
