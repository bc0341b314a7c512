/** A block of a message, as clients send it; `messagesErrors` checks it. */
export type ContentBlock =
  | TextBlock
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
  | { type: 'tool_result'; tool_use_id: string; content?: string | TextBlock[] | null; is_error?: boolean | null }
  | { type: 'thinking'; thinking: string; signature?: string | null }
  | { type: 'redacted_thinking' };

export interface TextBlock {
  type: 'text';
  text: string;
}

/** The text of a content: a text, or blocks of it. */
export function textOf(content: string | readonly TextBlock[] | null | undefined): string {
  return typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join('');
}
