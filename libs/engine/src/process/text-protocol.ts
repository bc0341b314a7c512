import type { SerializedAppError } from '@frontier/errors';
import type { EncodedText, EncodeTextOptions } from '../text/framing/encoded-text.js';
import type { Dtype } from '../source/onnx-place.js';
import type { ChatMessage, ChatOptions, RenderedChat } from '../chat/chat-message.js';

/** Properties of a model's tokenizer and chat template. */
export interface TextInfo {
  /** A text with more UTF-16 units for each token has more tokens; `Infinity` where text can vanish or a plugin changes it. */
  maxUnitsPerToken: number;
  /** True if rendered chats need the tokenizer's special tokens around them. */
  chatNeedsSpecialTokens: boolean;
  /** Deviations from the model's files. */
  warnings: string[];
}

/** Work of a text process. */
export type TextTask =
  | { type: 'encode'; text: string; addSpecialTokens: boolean }
  /** Texts, and pairs of texts, for an encoder. */
  | { type: 'encodeTexts'; texts: readonly (string | readonly [string, string])[]; options: EncodeTextOptions }
  | { type: 'decode'; tokens: Int32Array | readonly number[] }
  /** The text of each token for itself. */
  | { type: 'pieces'; tokens: Int32Array | readonly number[] }
  | { type: 'chat'; messages: readonly ChatMessage[]; options: ChatOptions };

/** A token for itself. */
export interface TokenPiece {
  /** Its text; of a part of a character U+FFFD, of an unknown token the empty text. */
  text: string;
  isSpecial: boolean;
}

/** The result of a {@link TextTask}: tokens, a text, or one entry for each text or token. */
export type TextResult = Int32Array | string | EncodedText[] | TokenPiece[] | RenderedChat;

/** Messages to a text process; the first is `load`. */
export type TextCommand = { type: 'load'; options: TextProcessOptions } | { type: 'run'; task: TextTask };

/** Everything a text process needs to load its model's tokenizer. */
export interface TextProcessOptions {
  /** The model's folder. */
  path: string;
  /** As of `ModelOptions`. */
  dtype?: Dtype;
  /** The module of the model's plugin, as in `ModelOptions`. */
  plugin?: string;
  /** Subtracted from the process's priority (`nice`). */
  niceness: number;
}

/** Messages from a text process; tasks end in the order in which they came. */
export type TextEvent =
  | { type: 'loaded'; info: TextInfo }
  | { type: 'load_failed'; error: SerializedAppError }
  | { type: 'done'; result: TextResult }
  | { type: 'failed'; error: SerializedAppError };
