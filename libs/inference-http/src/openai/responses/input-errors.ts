import type { FieldError } from '@frontier/errors';
import { MAX_LISTED_ERRORS } from '@frontier/http';
import { callsProblem } from '../chat/message-calls.js';
import type { InputItem } from './response-fields.js';

/** Items of a conversation at most. */
export const MAX_ITEMS = 4096;

const ROLES = new Set<unknown>(['user', 'assistant', 'system', 'developer']);
const PARTS = new Set<unknown>(['input_text', 'output_text', 'text', 'refusal', 'summary_text', 'reasoning_text']);

/** The invalid items of a request's input. By hand, as there may be thousands. */
export function inputErrors(input: unknown): FieldError[] {
  if (typeof input === 'string') return [];
  if (!Array.isArray(input) || input.length > MAX_ITEMS) {
    return [{ pointer: '/input', detail: `input must be a text, or a list of at most ${MAX_ITEMS} items` }];
  }
  const errors: FieldError[] = [];
  for (const [i, item] of input.entries()) {
    const problem = itemProblem(item);
    if (problem !== undefined) errors.push({ pointer: `/input/${i}`, detail: `input[${i}] ${problem}` });
    if (errors.length >= MAX_LISTED_ERRORS) break;
  }
  return errors;
}

function itemProblem(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return 'must be an object';
  const fields = item as Record<string, unknown>;
  const { type = 'message' } = fields;
  switch (type as InputItem['type']) {
    case 'message':
      if (!ROLES.has(fields.role)) return `must have one of the roles ${[...ROLES].join(', ')}`;
      return contentProblem('content', fields.content);
    case 'function_call': {
      const call = { id: fields.call_id, function: { name: fields.name, arguments: fields.arguments } };
      if (typeof (fields.namespace ?? '') !== 'string') return 'must have a namespace that is a text, or none';
      const problem = callsProblem([call], 'assistant');
      return problem && 'must have a call_id, a name, and arguments that are a JSON object, as a text';
    }
    case 'function_call_output':
      if (typeof fields.call_id !== 'string') return 'must have the call_id of a call';
      return contentProblem('output', fields.output);
    case 'reasoning':
      return contentProblem('summary', fields.summary ?? []) ?? contentProblem('content', fields.content ?? []);
    case 'item_reference':
      return typeof fields.id === 'string' ? undefined : 'must have the id of an item';
    default:
      return `has a type that is not supported: ${JSON.stringify(type)?.slice(0, 64)}`;
  }
}

function contentProblem(field: string, content: unknown): string | undefined {
  if (typeof content === 'string') return undefined;
  if (!Array.isArray(content)) return `must have ${field}: a text, or a list of parts`;
  for (const [i, part] of (content as ({ type?: unknown; text?: unknown; refusal?: unknown } | null)[]).entries()) {
    if (!PARTS.has(part?.type)) return `must have text in ${field}[${i}]: only text is supported`;
    if (typeof (part!.type === 'refusal' ? part!.refusal : part!.text) !== 'string')
      return `must have a text in ${field}[${i}]`;
  }
  return undefined;
}
