import type { ChatOptions } from '@frontier/inference';
import { invalidRequest } from '@frontier/http';
import type { ChatRequest } from './chat.request.js';

/**
 * The chat template options of a request.
 * @throws `invalid_request`
 */
export function toChatOptions({
  messages,
  add_generation_prompt,
  continue_final_message,
  chat_template_kwargs,
  reasoning_effort,
  tools,
  tool_choice,
}: ChatRequest): ChatOptions {
  const continueFinalMessage = continue_final_message ?? false;
  if (continueFinalMessage && add_generation_prompt) {
    const detail = 'continue_final_message needs add_generation_prompt: false';
    throw invalidRequest([{ pointer: '/continue_final_message', detail }]);
  }
  if (continueFinalMessage && messages.at(-1)?.role !== 'assistant') {
    const detail = "continue_final_message needs a last message of the assistant's";
    throw invalidRequest([{ pointer: '/continue_final_message', detail }]);
  }
  const isForced = tools && tools.length > 0 && tool_choice && tool_choice !== 'auto' && tool_choice !== 'none';
  if (isForced && (continueFinalMessage || add_generation_prompt === false)) {
    const detail = "tool_choice can only be auto or none where the prompt does not begin the assistant's turn";
    throw invalidRequest([{ pointer: '/tool_choice', detail }]);
  }
  return {
    continueFinalMessage,
    addGenerationPrompt: add_generation_prompt ?? undefined,
    variables: { ...effortVariables(reasoning_effort), ...chat_template_kwargs },
  };
}

/** Variables of the chat template for an effort; `none` switches off what models think. */
export function effortVariables(effort: string | null | undefined): Record<string, unknown> {
  if (effort === undefined || effort === null) return {};
  return effort === 'none' ? { enable_thinking: false } : { reasoning_effort: effort };
}
