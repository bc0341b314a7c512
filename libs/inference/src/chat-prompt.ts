import { Template } from '@huggingface/jinja';
import type { ChatTemplate } from '@frontier/engine';
import { messageOf } from '@frontier/errors';
import { chatTemplateInvalid, messagesRefused } from './inference.errors.js';

/** One turn of a conversation. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
  name?: string;
}

/** A conversation as the text that the model continues with the assistant's next turn. */
export interface ChatPrompt {
  prompt: string;
  /** Whether the tokenizer's special tokens belong around it: a model's own template writes them itself. */
  addSpecialTokens: boolean;
}

/** For models that were not made for chats. */
const PLAIN = `{% for message in messages %}{{ message.role | capitalize }}: {{ message.content | trim }}
{% endfor %}Assistant:`;

const templates = new WeakMap<ChatTemplate, Template>();

/**
 * Writes a conversation as the model's makers did (https://huggingface.co/docs/transformers/chat_templating) or, where they did
 * not, as a plain script: a line `Role: content` for each turn, and `Assistant:`.
 *
 * @throws `invalid_request` with the template's own words where it does not take the messages, `chat_template_invalid`
 */
export function chatPrompt(model: string, template: ChatTemplate, messages: readonly ChatMessage[]): ChatPrompt {
  const compiled = compile(model, template);
  try {
    const prompt = compiled.render({ ...template.tokens, messages, add_generation_prompt: true });
    return { prompt, addSpecialTokens: template.source === undefined };
  } catch (error) {
    throw messagesRefused(model, messageOf(error));
  }
}

function compile(model: string, template: ChatTemplate): Template {
  let compiled = templates.get(template);
  if (compiled) return compiled;
  try {
    templates.set(template, (compiled = new Template(template.source ?? PLAIN)));
    return compiled;
  } catch (error) {
    throw chatTemplateInvalid(model, messageOf(error));
  }
}
