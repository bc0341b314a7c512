import type { JsonSchema } from '@frontier/inference';
import type { ToolUse } from '../../conversation/tool-use.js';
import type { FunctionTool, ToolChoice } from './tool.fields.js';

interface ToolFields {
  tools?: FunctionTool[] | null;
  tool_choice?: ToolChoice | null;
  parallel_tool_calls?: boolean | null;
}

/** The tools of a request in the terms of a conversation; `undefined` where none may be called. */
export function toToolUse({
  tools,
  tool_choice: choice,
  parallel_tool_calls: parallel,
}: ToolFields): ToolUse | undefined {
  if (!tools || tools.length === 0 || choice === 'none') return undefined;
  return {
    tools: tools.map(({ function: { name, description, parameters, strict } }) => ({
      name,
      description: description ?? undefined,
      parameters: (parameters as JsonSchema | null | undefined) ?? undefined,
      isStrict: strict ?? undefined,
    })),
    choice: typeof choice === 'object' && choice !== null ? { name: choice.function.name } : (choice ?? 'auto'),
    isParallel: parallel ?? true,
  };
}
