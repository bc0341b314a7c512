import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FieldError } from '@frontier/errors';
import type { ChatMessage as InferenceMessage } from '@frontier/inference';
import { MAX_LISTED_ERRORS } from '@frontier/http';
import { MAX_MESSAGES } from '../../sampling/conversation-limits.js';
import { ToolCall } from '../tools/tool-call.js';
import { callsProblem, toInferenceCall } from './message-calls.js';

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'] as const;
const MAX_NAME_LENGTH = 256;

type Content = string | { type: 'text'; text: string }[] | null;

/** One turn of a conversation; {@link messagesErrors} checks it. */
export class ChatMessage {
  @ApiProperty({
    description: 'Role of the author; `developer` is another name of `system`.',
    enum: ROLES,
    example: 'user',
  })
  role!: (typeof ROLES)[number];

  @ApiProperty({
    description: 'Content of the message: a text, or parts of it.',
    oneOf: [
      { type: 'string' },
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['type', 'text'],
          properties: { type: { type: 'string', enum: ['text'] }, text: { type: 'string' } },
        },
      },
    ],
    example: 'Tell me a story about a fox.',
  })
  content!: Content;

  @ApiPropertyOptional({
    description: 'Name of the author among several of a role, for chat templates that use it.',
    type: String,
    nullable: true,
    example: 'Tom',
  })
  name?: string | null;

  @ApiPropertyOptional({
    description: "Calls of an assistant's message.",
    type: [ToolCall],
    nullable: true,
  })
  tool_calls?: ToolCall[] | null;

  @ApiPropertyOptional({
    description: 'The call that a message of the role `tool` answers.',
    type: String,
    nullable: true,
    example: 'call_0123456789abcdef01234567',
  })
  tool_call_id?: string | null;

  @ApiPropertyOptional({
    description: 'What the assistant thought before its message, for chat templates that use it.',
    type: String,
    nullable: true,
    example: 'The user wants a story.',
  })
  reasoning_content?: string | null;
}

/** Fields of unsupported features; 400 unless their value requests nothing. */
const UNSUPPORTED: Readonly<Record<string, string>> = {
  function_call: 'use tool_calls',
  audio: 'this server takes text only',
};

/** The message in the terms of the inference service. */
export function toInferenceMessage(message: ChatMessage): InferenceMessage {
  const { role, content, name, tool_calls: calls, tool_call_id: callId, reasoning_content: reasoning } = message;
  const text = typeof content === 'string' ? content : (content ?? []).map((part) => part.text).join('');
  return {
    role: role === 'developer' ? 'system' : role,
    content: text,
    ...(typeof name === 'string' && { name }),
    ...(calls && calls.length > 0 && { toolCalls: calls.map(toInferenceCall) }),
    ...(typeof callId === 'string' && { toolCallId: callId }),
    ...(typeof reasoning === 'string' && { reasoning }),
  };
}

/**
 * The invalid fields of a conversation, as many as a response lists. By hand: class-validator takes 0.1 ms for a message, and there may
 * be thousands.
 */
export function messagesErrors(messages: unknown): FieldError[] {
  const problem = listProblem(messages);
  if (problem !== undefined) return [{ pointer: '/messages', detail: `messages ${problem}` }];
  const errors: FieldError[] = [];
  for (const [i, message] of (messages as unknown[]).entries()) {
    if (isPlain(message)) continue;
    errors.push(...messageErrors(message, `/messages/${i}`));
    if (errors.length >= MAX_LISTED_ERRORS) break;
  }
  return errors;
}

function listProblem(messages: unknown): string | undefined {
  if (!Array.isArray(messages)) return 'must be a list of messages';
  if (messages.length === 0) return 'must have at least 1 message';
  return messages.length > MAX_MESSAGES ? `must have at most ${MAX_MESSAGES} messages` : undefined;
}

/** The form that nearly all messages have, and that needs no list of its problems. */
function isPlain(message: unknown): boolean {
  if (typeof message !== 'object' || message === null) return false;
  const { role, content, ...others } = message as Record<string, unknown>;
  if (typeof content !== 'string' || role === 'tool' || !ROLES.includes(role as ChatMessage['role'])) return false;
  for (const _ in others) return false;
  return true;
}

function messageErrors(message: unknown, pointer: string): FieldError[] {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return [{ pointer, detail: 'a message must be an object' }];
  }
  const { role, content, name, tool_calls, tool_call_id, reasoning_content } = message as Record<string, unknown>;
  const problems: Record<string, string | undefined> = {
    role: ROLES.includes(role as ChatMessage['role']) ? undefined : `must be one of ${ROLES.join(', ')}`,
    content: contentProblem(content, role),
    tool_calls: callsProblem(tool_calls, role),
    tool_call_id: callIdProblem(tool_call_id, role, name),
    reasoning_content: isTextOrMissing(reasoning_content) ? undefined : 'must be a text',
    name: isName(name) ? undefined : `must be a text of 1 to ${MAX_NAME_LENGTH} characters`,
  };
  for (const [field, what] of Object.entries(UNSUPPORTED)) {
    if (!asksForNothing((message as Record<string, unknown>)[field])) problems[field] = `is not supported: ${what}`;
  }
  return Object.entries(problems)
    .filter(([, problem]) => problem !== undefined)
    .map(([field, problem]) => ({ pointer: `${pointer}/${field}`, detail: `${field} ${problem}` }));
}

function contentProblem(content: unknown, role: unknown): string | undefined {
  if (typeof content === 'string') return undefined;
  if ((content === null || content === undefined) && role === 'assistant') return undefined;
  if (!Array.isArray(content)) return 'must be a text, or a list of text parts';
  for (const [i, part] of (content as ({ type?: unknown; text?: unknown } | null)[]).entries()) {
    if (part?.type !== 'text') return `[${i}] must be of the type "text": only text is supported`;
    if (typeof part.text !== 'string') return `[${i}].text must be a text`;
  }
  return undefined;
}

function callIdProblem(id: unknown, role: unknown, name: unknown): string | undefined {
  if (!isName(id)) return `must be a text of 1 to ${MAX_NAME_LENGTH} characters`;
  if (role !== 'tool' || typeof id === 'string' || typeof name === 'string') return undefined;
  return 'must name the call that the message answers';
}

function isTextOrMissing(value: unknown): boolean {
  return value === undefined || value === null || typeof value === 'string';
}

function isName(name: unknown): boolean {
  if (name === undefined || name === null) return true;
  return typeof name === 'string' && name.length >= 1 && name.length <= MAX_NAME_LENGTH;
}

function asksForNothing(value: unknown): boolean {
  return value === undefined || value === null || value === false || (Array.isArray(value) && value.length === 0);
}
