import type { FieldError } from '@frontier/errors';
import { MAX_LISTED_ERRORS } from '@frontier/http';
import { TOOL_LIMITS } from '../../sampling/conversation-limits.js';
import { isMissing, isObject } from '../request/values.js';
import { TOOL_CHOICES } from './tool.fields.js';

/** Fields of a tool that would change the prompt or its calls, with the values that request nothing beside null. */
const REFUSED: Readonly<Record<string, [isNothing: (value: unknown) => boolean, why: string]>> = {
  allowed_callers: [
    (value) => Array.isArray(value) && value.every((caller) => caller === 'direct'),
    'code of the server calls no tools',
  ],
  defer_loading: [(value) => value === false, 'all tools are in the prompt'],
  input_examples: [
    (value) => Array.isArray(value) && value.length === 0,
    'chat templates know none; write them into the description',
  ],
};

/** The invalid fields of a request's tools. By hand, as there may be many. */
export function toolErrors(body: object): FieldError[] {
  const { tools, tool_choice: choice } = body as { tools?: unknown; tool_choice?: unknown };
  const errors = listErrors(tools);
  if (errors.length > 0) return errors;
  const names = ((tools ?? []) as { name: string }[]).map(({ name }) => name);
  const problem = choiceProblem(choice, names);
  return problem === undefined ? [] : [{ pointer: '/tool_choice', detail: `tool_choice ${problem}` }];
}

function listErrors(tools: unknown): FieldError[] {
  if (isMissing(tools)) return [];
  if (!Array.isArray(tools) || tools.length > TOOL_LIMITS.tools) {
    return [{ pointer: '/tools', detail: `tools must be a list of at most ${TOOL_LIMITS.tools} tools` }];
  }
  const names = new Set<unknown>();
  const errors: FieldError[] = [];
  for (const [i, tool] of (tools as unknown[]).entries()) {
    const problem = toolProblem(tool, names);
    if (problem !== undefined) errors.push({ pointer: `/tools/${i}`, detail: `tools[${i}] ${problem}` });
    if (errors.length >= MAX_LISTED_ERRORS) break;
  }
  return errors;
}

/** @param names of the tools before it; its own is added */
function toolProblem(tool: unknown, names: Set<unknown>): string | undefined {
  if (!isObject(tool)) return 'must be an object';
  const { type, name, description, input_schema: schema, strict } = tool;
  if (!isMissing(type) && type !== 'custom') {
    return `of the type ${JSON.stringify(type)} is not supported: the server has no tools of its own`;
  }
  if (typeof name !== 'string' || name.length === 0 || name.length > TOOL_LIMITS.name) {
    return `must have a name of 1 to ${TOOL_LIMITS.name} characters`;
  }
  if (names.has(name)) return 'has the name of another one';
  names.add(name);
  if (!isMissing(description) && (typeof description !== 'string' || description.length > TOOL_LIMITS.description)) {
    return `must have a description of at most ${TOOL_LIMITS.description} characters`;
  }
  if (!isObject(schema)) return 'must have a JSON schema as input_schema';
  if (!isMissing(strict) && typeof strict !== 'boolean') return 'must have true or false as strict';
  for (const [field, [isNothing, why]] of Object.entries(REFUSED)) {
    if (!isMissing(tool[field]) && !isNothing(tool[field])) return `asks for ${field}, which is not supported: ${why}`;
  }
  return undefined;
}

function choiceProblem(choice: unknown, names: readonly string[]): string | undefined {
  if (isMissing(choice)) return undefined;
  if (!isObject(choice) || !TOOL_CHOICES.includes(choice.type as (typeof TOOL_CHOICES)[number])) {
    return `must be an object whose type is one of ${TOOL_CHOICES.join(', ')}`;
  }
  const { type, name, disable_parallel_tool_use: isSingle } = choice;
  if (!isMissing(isSingle) && typeof isSingle !== 'boolean') {
    return 'must have true or false as disable_parallel_tool_use';
  }
  if (type === 'any' && names.length === 0) return 'needs tools';
  return type === 'tool' && !names.includes(name as string) ? 'names none of the tools' : undefined;
}
