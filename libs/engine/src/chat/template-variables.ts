import { hash } from 'node:crypto';
import type { ToolCall, ToolDefinition } from '../tools/tool-definition.js';
import type { ToolFormatName } from '../tools/tool-format.js';
import type { ChatMessage } from './chat-message.js';

/**
 * A turn with the names that templates have for its parts (https://huggingface.co/docs/transformers/chat_extras).
 * @param format the form in which the template writes calls
 */
export function templateMessage(message: ChatMessage, format: ToolFormatName | undefined): Record<string, unknown> {
  const { role, content, name, toolCalls, toolCallId, reasoning } = message;
  return {
    role,
    content,
    ...(name !== undefined && { name }),
    ...(reasoning !== undefined && { reasoning_content: reasoning }),
    ...(toolCalls && toolCalls.length > 0 && { tool_calls: toolCalls.map((call) => templateCall(call, format)) }),
    ...(toolCallId !== undefined && { tool_call_id: templateId(toolCallId, format) }),
  };
}

/** A tool with the names that templates have for its parts. */
export function templateTool({ name, description, parameters, isStrict }: ToolDefinition): Record<string, unknown> {
  const declared = {
    name,
    ...(description !== undefined && { description }),
    ...(parameters !== undefined && { parameters: withSafeIntegers(parameters) }),
    ...(isStrict !== undefined && { strict: isStrict }),
  };
  return { type: 'function', function: declared };
}

/** Bounds such as 2^63 - 1 are beyond the integers that a template can write; they stand for no bound. */
function withSafeIntegers(value: unknown): unknown {
  if (typeof value === 'number') {
    const isExact = !Number.isInteger(value) || Number.isSafeInteger(value);
    return isExact ? value : Math.sign(value) * Number.MAX_SAFE_INTEGER;
  }
  if (Array.isArray(value)) return value.map(withSafeIntegers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withSafeIntegers(item)]));
}

function templateCall(
  { id, name, arguments: given }: ToolCall,
  format: ToolFormatName | undefined,
): Record<string, unknown> {
  return { id: templateId(id, format), type: 'function', function: { name, arguments: given } };
}

/** Templates of Mistral take no other ids than nine letters and digits. */
function templateId(id: string, format: ToolFormatName | undefined): string {
  return format === 'mistral' && !/^[a-zA-Z0-9]{9}$/.test(id) ? hash('sha256', id).slice(0, 9) : id;
}
