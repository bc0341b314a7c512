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
  | { type: 'function_call'; call_id: string; name: string; namespace?: string | null; arguments: string }
  | { type: 'function_call_output'; call_id: string; output: string | TextPart[] }
  | { type: 'reasoning'; summary?: TextPart[] | null; content?: TextPart[] | null }
  | { type: 'item_reference'; id: string };
