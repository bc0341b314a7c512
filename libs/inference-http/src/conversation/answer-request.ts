import type { AnswerForm, ChatPrompt, GenerateRequest } from '@frontier/inference';
import { answerParams, type ToolUse } from './tool-use.js';

/** A generation that answers a conversation, and the form of its answer. */
export interface AnswerRequest {
  request: GenerateRequest;
  form: AnswerForm;
}

/**
 * The generation for a rendered conversation.
 * @param settings the request but for its prompt
 */
export function answerRequest(
  settings: Omit<GenerateRequest, 'prompt'>,
  { prompt, addSpecialTokens, form }: ChatPrompt,
  use: ToolUse | undefined,
): AnswerRequest {
  const { params } = settings;
  // A schema holds the answer from its first character on, so that there are no thoughts: those that the prompt has begun end there.
  if (params?.jsonSchema !== undefined) {
    const closed = form.thinking === 'begun' ? `${prompt}\n</think>\n\n` : prompt;
    return { request: { ...settings, prompt: closed, addSpecialTokens }, form: { ...form, thinking: 'none' } };
  }
  return {
    request: { ...settings, prompt, addSpecialTokens, params: { ...params, ...answerParams(form, use) } },
    form,
  };
}
