import type { FunctionTool, ToolChoice } from '../tools/tool.fields.js';

/** A function as this route has it. */
export interface FlatTool {
  type: 'function';
  name: string;
  description?: string | null;
  parameters?: Record<string, unknown> | null;
  strict?: boolean | null;
}

export type FlatToolChoice = Exclude<ToolChoice, object> | { type: 'function'; name: string };

/** The form of the text. */
export type TextFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | { type: 'json_schema'; name?: string; schema: Record<string, unknown>; strict?: boolean | null };

/** A part of a message's content. */
export interface TextPart {
  type: 'input_text' | 'output_text' | 'text' | 'refusal' | 'summary_text' | 'reasoning_text';
  text?: string;
  refusal?: string;
}

/** An item of a conversation (https://platform.openai.com/docs/api-reference/responses); {@link inputErrors} checks it. */
export type InputItem =
  | { type?: 'message'; role: string; content: string | TextPart[] }
  | { type: 'function_call'; call_id: string; name: string; arguments: string }
  | { type: 'function_call_output'; call_id: string; output: string | TextPart[] }
  | { type: 'reasoning'; summary?: TextPart[] | null; content?: TextPart[] | null }
  | { type: 'item_reference'; id: string };

/** A tool in the form of chat completions. */
export function nestedTool({ type, ...declared }: FlatTool): FunctionTool {
  return { type, function: declared };
}

export function nestedChoice(choice: FlatToolChoice | null | undefined): ToolChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  return typeof choice === 'object' ? { type: 'function', function: { name: choice.name } } : choice;
}
