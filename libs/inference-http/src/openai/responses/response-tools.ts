import type { FunctionTool, ToolChoice } from '../tools/tool.fields.js';

/** A function as this route has it. */
export interface FlatTool {
  type: 'function';
  name: string;
  description?: string | null;
  parameters?: Record<string, unknown> | null;
  strict?: boolean | null;
}

/** Functions under a name of their own, as Codex sends those of sub-agents and of MCP servers. */
export interface NamespaceTool {
  type: 'namespace';
  name: string;
  tools: FlatTool[];
}

export type ResponsesTool = FlatTool | NamespaceTool | { type: string; name?: undefined };

/** The namespace of a function, and its name in it. */
export interface NamespacedName {
  namespace: string;
  name: string;
}

export type FlatToolChoice =
  Exclude<ToolChoice, object> | { type: 'function'; name: string; namespace?: string | null };

/** The name that the model has for a function. */
export function fullName({ name, namespace }: { name: string; namespace?: string | null }): string {
  return namespace ? `${namespace}__${name}` : name;
}

/** The tools of a request, valid or not, in the form of chat completions: those of namespaces by their full names, and none that are left out. */
export function nestedTools(tools: unknown): unknown {
  return Array.isArray(tools) ? tools.flatMap(nested) : tools;
}

function nested(tool: unknown): unknown[] {
  if (isLeftOut(tool)) return [];
  if (isNamespace(tool)) return tool.tools.flatMap((inner) => nestedFunction(inner, tool.name));
  return nestedFunction(tool);
}

function nestedFunction(tool: unknown, namespace?: string): unknown[] {
  if (typeof tool !== 'object' || tool === null || 'function' in tool) return [tool];
  const { type, ...declared } = tool as FlatTool;
  const { name: own } = declared as { name?: unknown };
  const name = typeof own === 'string' && own !== '' ? fullName({ name: own, namespace }) : own;
  return [{ type, function: { ...declared, name } } as FunctionTool];
}

export function nestedChoice(choice: FlatToolChoice | null | undefined): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  if (typeof choice !== 'object') return choice;
  const { name, namespace } = choice as { name?: unknown; namespace?: unknown };
  // What is no name, or no namespace, is refused as a choice that names none of the tools.
  const isWhole = typeof name === 'string' && (typeof namespace === 'string' || (namespace ?? null) === null);
  return { type: 'function', function: { name: (isWhole ? fullName(choice) : undefined) as string } };
}

/** The functions of namespaces by their full names. */
export function namespacesOf(tools: readonly ResponsesTool[] | null | undefined): ReadonlyMap<string, NamespacedName> {
  const found = new Map<string, NamespacedName>();
  for (const tool of tools ?? []) {
    if (!isNamespace(tool)) continue;
    for (const { name } of tool.tools) {
      found.set(fullName({ name, namespace: tool.name }), { name, namespace: tool.name });
    }
  }
  return found;
}

/** The tools that are left out, as fields of the request: a search that the server would make itself. */
export function leftOutTools(tools: readonly ResponsesTool[] | null | undefined): string[] {
  return (tools ?? []).filter(isLeftOut).map(({ type }) => `tools.${type}`);
}

/** The tools without those. */
export function keptTools(tools: readonly ResponsesTool[] | null | undefined): ResponsesTool[] {
  return (tools ?? []).filter((tool) => !isLeftOut(tool));
}

/** Agents offer it whatever the model and the server are: it is left out, and named in a header. */
function isLeftOut(tool: unknown): boolean {
  const { type } = (tool ?? {}) as { type?: unknown };
  return typeof type === 'string' && /^web_search(_preview)?(_\w+)?$/.test(type);
}

function isNamespace(tool: unknown): tool is NamespaceTool {
  const { type, name, tools } = (tool ?? {}) as Partial<NamespaceTool>;
  return type === 'namespace' && typeof name === 'string' && Array.isArray(tools);
}
