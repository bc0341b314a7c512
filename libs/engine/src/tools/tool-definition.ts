import type { JsonSchema } from '../grammar/schema/json-schema.js';
import type { ToolFormatName } from './tool-format.js';

/** A tool that a model may call. */
export interface ToolDefinition {
  name: string;
  description?: string;
  /** The JSON schema of its arguments, an object; default: it has none. */
  parameters?: JsonSchema;
  /** True if a schema that cannot be held to the letter is an error, instead of any object. */
  isStrict?: boolean;
}

/** A call of a tool in a conversation. */
export interface ToolCall {
  id: string;
  name: string;
  arguments: Readonly<Record<string, unknown>>;
}

/** The calls that an answer may have. */
export interface ToolRules {
  format: ToolFormatName;
  tools: readonly Pick<ToolDefinition, 'name' | 'parameters' | 'isStrict'>[];
  /** True if the prompt ends with the trigger, so that the answer is calls and nothing else. */
  isTriggered: boolean;
  /** True if an answer may have several calls. */
  isParallel: boolean;
}
