import type { ToolCall as InferenceCall } from '@frontier/inference';
import { type BodyLimits, parseBody } from '@frontier/http';
import { hasSafeIntegers } from '../../conversation/safe-integers.js';
import { MAX_CALLS } from '../../sampling/conversation-limits.js';
import type { ToolCall } from '../tools/tool-call.js';

/** Bounds of the arguments of a call. */
const ARGUMENT_LIMITS: BodyLimits = { depth: 64, values: 10_000, keys: 10_000 };

/** A call of an earlier message in the terms of the inference service. */
export function toInferenceCall({ id, function: { name, arguments: given } }: ToolCall): InferenceCall {
  return { id, name, arguments: parsedArguments(given)! };
}

/** What is wrong with the calls of a message; `undefined` where nothing is. */
export function callsProblem(calls: unknown, role: unknown): string | undefined {
  if (calls === undefined || calls === null) return undefined;
  if (!Array.isArray(calls) || calls.length > MAX_CALLS) return `must be a list of at most ${MAX_CALLS} calls`;
  if (calls.length > 0 && role !== 'assistant') return "belong to messages of the assistant's";
  for (const [i, call] of (calls as (Partial<ToolCall> | null)[]).entries()) {
    const { id, type = 'function', function: called } = call ?? {};
    if (type !== 'function') return `[${i}] must be of the type "function"`;
    if (typeof id !== 'string' || typeof called !== 'object' || called === null)
      return `[${i}] must have an id and a function`;
    const { name, arguments: given } = called as { name?: unknown; arguments?: unknown };
    if (typeof name !== 'string' || name === '') return `[${i}].function must have a name`;
    if (parsedArguments(given) === undefined)
      return `[${i}].function.arguments must be a JSON object, as a text, without integers beyond 2^53`;
  }
  return undefined;
}

/** The arguments of a call; none are an empty object. */
function parsedArguments(given: unknown): Record<string, unknown> | undefined {
  if (given === undefined || given === null || given === '') return {};
  try {
    const value: unknown = typeof given === 'string' ? parseBody(Buffer.from(given), ARGUMENT_LIMITS).body : given;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject && hasSafeIntegers(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
