import {
  type AnswerForm,
  type ChatMessage,
  type ChatOptions,
  type ChatPrompt,
  type GenerateRequest,
  type ModelUse,
  closedThoughts,
  type TextService,
  withoutGuards,
} from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import { answerParams, type ToolUse } from './tool-use.js';

/** A generation that answers a conversation, and the form of its answer. */
export interface AnswerRequest {
  request: GenerateRequest;
  form: AnswerForm;
}

/** A conversation that is to be answered. */
interface OpenConversation {
  messages: readonly ChatMessage[];
  options: ChatOptions;
  toolUse: ToolUse | undefined;
}

/**
 * Writes a conversation with the model's template, notes its prompt where the record has one, and makes the generation that answers it.
 * @param settings the request but for its prompt
 * @throws as `TextService.chatPrompt`
 */
export async function prepareAnswer(
  texts: TextService,
  use: ModelUse,
  { messages, options, toolUse }: OpenConversation,
  { settings, record }: { settings: Omit<GenerateRequest, 'prompt'>; record: RequestRecord },
): Promise<AnswerRequest> {
  const chat = await texts.chatPrompt(use, messages, options);
  if (record.prompt !== undefined) record.prompt = withoutGuards(chat.prompt);
  return answerRequest(settings, chat, toolUse);
}

function answerRequest(
  settings: Omit<GenerateRequest, 'prompt'>,
  chat: ChatPrompt,
  use: ToolUse | undefined,
): AnswerRequest {
  const { params } = settings;
  const { prompt, addSpecialTokens, form } = chat;
  // A schema holds the answer from its first character on, so that there are no thoughts.
  if (params?.jsonSchema !== undefined) {
    return {
      request: { ...settings, prompt: closedThoughts(chat), addSpecialTokens },
      form: { ...form, thinking: 'none' },
    };
  }
  return {
    request: { ...settings, prompt, addSpecialTokens, params: { ...params, ...answerParams(form, use) } },
    form,
  };
}
