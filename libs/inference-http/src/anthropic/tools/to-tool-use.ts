import type { JsonSchema } from '@frontier/inference';
import type { ToolUse } from '../../conversation/tool-use.js';
import type { Tool, ToolChoice } from './tool.fields.js';

interface ToolFields {
  tools?: Tool[] | null;
  tool_choice?: ToolChoice | null;
}

/** The tools of a request in the terms of a conversation; `undefined` where none may be called. */
export function toToolUse({ tools, tool_choice: choice }: ToolFields): ToolUse | undefined {
  if (!tools || tools.length === 0 || choice?.type === 'none') return undefined;
  return {
    tools: tools.map(({ name, description, input_schema: parameters, strict }) => ({
      name,
      description: description ?? undefined,
      parameters: parameters as JsonSchema,
      isStrict: strict ?? undefined,
    })),
    choice: toChoice(choice),
    isParallel: !choice?.disable_parallel_tool_use,
  };
}

function toChoice(choice: ToolChoice | null | undefined): ToolUse['choice'] {
  if (choice?.type === 'tool') return { name: choice.name! };
  return choice?.type === 'any' ? 'required' : 'auto';
}
