import type { SerializedAppError } from '@frontier/errors';
import type { ChatMessage, ChatOptions } from '../chat/chat-prompts.js';

/** What is known of a model's text once its tokenizer is loaded. */
export interface TextInfo {
  /** A text with more UTF-16 units for each token has more tokens; `Infinity` where text can vanish. */
  maxUnitsPerToken: number;
  /** Whether written conversations need the tokenizer's special tokens around them. */
  chatNeedsSpecialTokens: boolean;
  /** What is not as the model's files say. */
  warnings: string[];
}

/** Work of a text process. */
export type TextTask =
  | { type: 'encode'; text: string; addSpecialTokens: boolean }
  | { type: 'decode'; tokens: Int32Array | readonly number[] }
  | { type: 'chat'; messages: readonly ChatMessage[]; options: ChatOptions };

/** Messages to a text process. The first is `load`, with how much it gives way to other processes (`nice`). */
export type TextCommand = { type: 'load'; path: string; niceness: number } | { type: 'run'; task: TextTask };

/** Messages from a text process; tasks end in the order in which they came. */
export type TextEvent =
  | { type: 'loaded'; info: TextInfo }
  | { type: 'load_failed'; error: SerializedAppError }
  | { type: 'done'; result: Int32Array | string }
  | { type: 'failed'; error: SerializedAppError };
