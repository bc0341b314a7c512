import type { ChatMessage, ChatOptions } from '@frontier/inference';
import { invalidRequest } from '@frontier/http';
import { toolOptions, type ToolUse } from '../../conversation/tool-use.js';
import { toToolUse } from '../tools/to-tool-use.js';
import { textOf } from './content-block.js';
import type { ConversationRequest } from './conversation.request.js';
import { type Turn, turnsOf } from './turns.js';

/** Stands between the texts of messages that are one turn. */
const BETWEEN_MESSAGES = '\n\n';

/** A request's conversation in the terms of the inference service. */
export interface Conversation {
  messages: ChatMessage[];
  options: ChatOptions;
  /** `undefined` where no tool may be called. */
  toolUse: ToolUse | undefined;
}

/**
 * The conversation of a request. Where the assistant's turn is the last one, the answer continues it.
 * @throws `invalid_request`
 */
export function toConversation(request: ConversationRequest): Conversation {
  const toolUse = toToolUse(request);
  const turns = turnsOf(request.messages);
  const last = turns.at(-1)!;
  if (last.calls.length > 0) throw callsWithoutResults(request.messages.length - 1);
  // An assistant's turn without a text is a turn that has not begun.
  if (last.role === 'assistant' && last.texts.length === 0) turns.pop();
  if (turns.length === 0) throw nothingToAnswer();
  return {
    messages: [...systemMessage(request.system), ...toMessages(turns)],
    options: {
      ...toolOptions(toolUse),
      continueFinalMessage: turns.at(-1)?.role === 'assistant',
      variables: templateVariables(request),
    },
    toolUse,
  };
}

function systemMessage(system: ConversationRequest['system']): ChatMessage[] {
  const content = textOf(system);
  return content === '' ? [] : [{ role: 'system', content }];
}

function toMessages(turns: readonly Turn[]): ChatMessage[] {
  const names = new Map<string, string>();
  return turns.flatMap((turn) => {
    for (const { id, name } of turn.calls) names.set(id, name);
    return turn.role === 'user' ? userMessages(turn, names) : [otherMessage(turn)];
  });
}

/** Results of calls, which follow the calls in every template, and then the text beside them. */
function userMessages({ texts, results }: Turn, names: ReadonlyMap<string, string>): ChatMessage[] {
  const messages: ChatMessage[] = results.map(({ tool_use_id: toolCallId, content }) => {
    const name = names.get(toolCallId);
    return { role: 'tool', content: textOf(content), toolCallId, ...(name !== undefined && { name }) };
  });
  if (texts.length === 0 && messages.length > 0) return messages;
  return [...messages, { role: 'user', content: texts.join(BETWEEN_MESSAGES) }];
}

function otherMessage({ role, texts, thoughts, calls }: Turn): ChatMessage {
  return {
    role,
    content: texts.join(BETWEEN_MESSAGES),
    ...(calls.length > 0 && {
      toolCalls: calls.map(({ id, name, input }) => ({ id, name, arguments: input })),
    }),
    ...(thoughts.length > 0 && { reasoning: thoughts.join(BETWEEN_MESSAGES) }),
  };
}

/** Names that templates of models that think have for these fields. */
function templateVariables({ thinking, output_config: output }: ConversationRequest): Record<string, unknown> {
  const effort = output?.effort ?? undefined;
  return {
    ...(thinking && { enable_thinking: thinking.type !== 'disabled' }),
    ...(effort !== undefined && { reasoning_effort: effort }),
  };
}

function callsWithoutResults(last: number): Error {
  const detail = 'the calls of the last message have no results: send them in a message of the user';
  return invalidRequest([{ pointer: `/messages/${last}/content`, detail }]);
}

function nothingToAnswer(): Error {
  return invalidRequest([{ pointer: '/messages', detail: 'messages must have a message of the user' }]);
}
