import type { FieldError } from '@frontier/errors';
import { MAX_LISTED_ERRORS } from '@frontier/http';
import { TOOL_LIMITS } from '../../sampling/conversation-limits.js';

export const TOOL_CHOICES = ['none', 'auto', 'required'] as const;

interface UncheckedTool {
  type?: unknown;
  function?: { name?: unknown; description?: unknown; parameters?: unknown; strict?: unknown } | null;
}

/** The invalid fields of a request's tools. By hand, as there may be many. */
export function toolErrors(body: object): FieldError[] {
  const { tools, tool_choice: choice } = body as { tools?: unknown; tool_choice?: unknown };
  const errors = listErrors(tools);
  if (errors.length > 0) return errors;
  const names = ((tools ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name);
  const problem = choiceProblem(choice, names);
  return problem === undefined ? [] : [{ pointer: '/tool_choice', detail: `tool_choice ${problem}` }];
}

function listErrors(tools: unknown): FieldError[] {
  if (tools === undefined || tools === null) return [];
  if (!Array.isArray(tools)) return [{ pointer: '/tools', detail: 'tools must be a list of tools' }];
  if (tools.length > TOOL_LIMITS.tools) {
    return [{ pointer: '/tools', detail: `tools must have at most ${TOOL_LIMITS.tools} tools` }];
  }
  const names = new Set<unknown>();
  const errors: FieldError[] = [];
  for (const [i, tool] of (tools as UncheckedTool[]).entries()) {
    const problem = toolProblem(tool) ?? (names.has(tool.function!.name) ? 'has the name of another one' : undefined);
    if (problem !== undefined) errors.push({ pointer: `/tools/${i}`, detail: `tools[${i}] ${problem}` });
    else names.add(tool.function!.name);
    if (errors.length >= MAX_LISTED_ERRORS) break;
  }
  return errors;
}

function toolProblem(tool: UncheckedTool | null): string | undefined {
  if (typeof tool !== 'object' || tool === null) return 'must be an object';
  if (tool.type !== 'function') return 'must be of the type "function": the server has no tools of its own';
  const { function: declared } = tool;
  if (typeof declared !== 'object' || declared === null) return 'must have a function';
  const { name, description, parameters, strict } = declared;
  if (typeof name !== 'string' || name.length === 0 || name.length > TOOL_LIMITS.name) {
    return `must have a function.name of 1 to ${TOOL_LIMITS.name} characters`;
  }
  if (!isMissing(description) && !isTextUpTo(description, TOOL_LIMITS.description)) {
    return `must have a function.description of at most ${TOOL_LIMITS.description} characters`;
  }
  if (!isMissing(parameters) && (typeof parameters !== 'object' || Array.isArray(parameters))) {
    return 'must have a JSON schema as function.parameters';
  }
  return isMissing(strict) || typeof strict === 'boolean' ? undefined : 'must have true or false as function.strict';
}

function choiceProblem(choice: unknown, names: readonly string[]): string | undefined {
  if (isMissing(choice) || choice === 'none' || choice === 'auto') return undefined;
  if (choice === 'required') return names.length > 0 ? undefined : 'needs tools';
  const { type, function: named } = (typeof choice === 'object' ? choice : {}) as UncheckedTool;
  if (type !== 'function' || typeof named?.name !== 'string') {
    return `must be one of ${TOOL_CHOICES.join(', ')}, or {"type": "function", "function": {"name": ...}}`;
  }
  return names.includes(named.name) ? undefined : 'names none of the tools';
}

function isTextUpTo(value: unknown, length: number): boolean {
  return typeof value === 'string' && value.length <= length;
}

function isMissing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}
