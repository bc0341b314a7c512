import type { InputItem, TextPart } from '../responses/response-fields.js';

/** A part of a message or a question: a text, or JSON. */
export type ContentPart = TextPart | { type: 'input_json'; data: object };

/** Content whose parts of JSON are the texts that the model reads; anything else stays as it is. */
function written(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((part: { type?: unknown; data?: unknown } | null) =>
    part?.type === 'input_json' && typeof part.data === 'object' && part.data !== null
      ? { type: 'input_text', text: JSON.stringify(part.data) }
      : (part as unknown),
  );
}

/** The items of an input, valid or not, with their JSON as texts. */
export function writtenInput(input: unknown): unknown {
  if (!Array.isArray(input)) return input;
  return input.map((item: unknown) =>
    typeof item === 'object' && item !== null && 'content' in item ? { ...item, content: written(item.content) } : item,
  );
}

/** Instructions, valid or not, as the message that they would be. */
export function asMessage(instructions: unknown): InputItem {
  return { type: 'message', role: 'user', content: written(instructions) as string };
}
