import {
  type ChatMessage,
  type ChatOptions,
  contextLengthExceeded,
  type Dtype,
  type EncodedText,
  type EncodeTextOptions,
  type RenderedChat,
  type TextInfo,
  type TokenPiece,
} from '@frontier/engine';
import type { AppError } from '@frontier/errors';
import { inputTooLong } from '../generation/batching.errors.js';
import { TextLane, type TextUse } from './text-lane.js';

/** Longer texts go to a process of their own, so that short ones need not wait for them. */
const LONG_TEXT = 16_384;
/** Long texts are rare: their process is not kept. */
const LONG_LANE_IDLE_MS = 60_000;
/** The size of a text of many beside its characters. */
const TEXT_SIZE = 16;
/** Processor time of a text; a megabyte of prose takes a second or two. */
const TASK_TIMEOUT_MS = 5000;
/** Tokens of a task that are written one by one. */
const PIECES = 4096;
/** Tokens that a cut text has beyond those that are kept. */
const TRUNCATION_SLACK = 64;

/** Options of tokenization. */
export interface EncodeOptions extends TextUse {
  /** Whether the text gets the special tokens that the model expects around it. */
  addSpecialTokens: boolean;
  /** Keeps so many tokens at most, the last ones. */
  keepLast?: number;
}

/** A text, or a pair of texts, for an encoder. */
export type EncoderText = string | readonly [string, string];

/** Options of tokenization for an encoder. */
export interface EncodeTextsOptions extends EncodeTextOptions, TextUse {}

interface ModelTextOptions {
  /** The model's name, for messages. */
  name: string;
  /** The model's folder. */
  path: string;
  /** As of `ModelOptions`. */
  dtype?: Dtype | undefined;
  /** The module of the model's plugin. */
  plugin?: string | undefined;
  /** A text waits so long at most. */
  queueTimeoutMs: number;
  onLoaded: () => void;
  onLoadFailed: (error: AppError) => void;
  onOutput: (line: string) => void;
}

/** A model's tokenizer and chat template, in processes beside its engine's. All methods throw as {@link TextLane.run} does. */
export class ModelText {
  private loaded: TextInfo | undefined;
  private readonly short: TextLane;
  private readonly long: TextLane;

  constructor({ onLoaded, onLoadFailed, ...options }: ModelTextOptions) {
    const lane = { ...options, taskTimeoutMs: TASK_TIMEOUT_MS };
    const onInfo = (info: TextInfo): void => {
      this.loaded = info;
      onLoaded();
    };
    this.short = new TextLane({ ...lane, depth: 16, niceness: 0, onLoaded: onInfo, onLoadFailed });
    this.long = new TextLane({ ...lane, depth: 1, niceness: 5, idleMs: LONG_LANE_IDLE_MS });
    this.short.start();
  }

  /** The ids of its processes. */
  get pids(): number[] {
    return [this.short.pid, this.long.pid].filter((pid) => pid !== undefined);
  }

  /** The properties of the tokenizer and the chat template, once they were loaded. */
  get info(): TextInfo | undefined {
    return this.loaded;
  }

  /**
   * The token ids of a text; only after {@link info} is known.
   * @param contextLength tokens that the model's context holds
   * @throws `context_length_exceeded` where the length of the text proves that it has more tokens than that
   */
  async encode(text: string, contextLength: number, options: EncodeOptions): Promise<Int32Array> {
    const { maxUnitsPerToken } = this.loaded!;
    const { keepLast } = options;
    if (keepLast === undefined) {
      const fewest = Math.ceil(text.length / maxUnitsPerToken);
      if (fewest > contextLength) throw contextLengthExceeded(fewest, contextLength, 'at least');
      return this.tokens(text, options);
    }
    const last = async (part: string): Promise<Int32Array> => (await this.tokens(part, options)).slice(-keepLast);
    const units = (keepLast + TRUNCATION_SLACK) * maxUnitsPerToken;
    if (text.length <= units) return last(text);
    // Where a text is cut, its tokens may be others. They are those of the whole where the place of the cut does not matter.
    const [tokens, others] = await Promise.all([last(text.slice(-units)), last(text.slice(1 - units))]);
    return tokens.every((token, i) => token === others[i]) ? tokens : last(text);
  }

  /**
   * The tokens of texts for an encoder; only after {@link info} is known. One bounded task after the other, so that the
   * texts of others have their turns between them.
   * @param maxTokens tokens that an input of the model has at most
   * @throws `context_length_exceeded` where an input has more, unless the options cut it
   */
  async encodeTexts(
    texts: readonly EncoderText[],
    maxTokens: number,
    { caller, signal, ...options }: EncodeTextsOptions,
  ): Promise<EncodedText[]> {
    const { maxUnitsPerToken } = this.loaded!;
    const isCut = options.maxTokens !== undefined;
    for (const [i, text] of texts.entries()) {
      const fewest = Math.ceil(lengthOf(text) / maxUnitsPerToken);
      if (!isCut && fewest > maxTokens) throw inputTooLong(i, fewest, maxTokens, 'at least');
    }
    const encoded: EncodedText[] = [];
    for (const { part, size } of tasksOf(texts)) {
      const task = { type: 'encodeTexts', texts: part, options } as const;
      for (const text of (await this.lane(size).run(task, size, { caller, signal })) as EncodedText[]) {
        const tokens = text.tokens.length;
        if (tokens > maxTokens) throw inputTooLong(encoded.length, tokens, maxTokens);
        encoded.push(text);
      }
    }
    return encoded;
  }

  /** The text of tokens, without special ones. */
  async decode(tokens: Int32Array | readonly number[], use: TextUse): Promise<string> {
    const size = 4 * tokens.length;
    return (await this.lane(size).run({ type: 'decode', tokens }, size, use)) as string;
  }

  /** The text of each token for itself; special ones have theirs. */
  async pieces(tokens: Int32Array | readonly number[], use: TextUse): Promise<TokenPiece[]> {
    const pieces: TokenPiece[] = [];
    for (let start = 0; start < tokens.length; start += PIECES) {
      const part = tokens.slice(start, start + PIECES);
      const done = await this.short.run({ type: 'pieces', tokens: part }, 4 * part.length, use);
      for (const piece of done as TokenPiece[]) pieces.push(piece);
    }
    return pieces;
  }

  /** Writes a conversation as the text that the model continues. */
  async chat(messages: readonly ChatMessage[], options: ChatOptions, use: TextUse): Promise<RenderedChat> {
    const turns = messages.reduce((sum, message) => sum + lengthOfTurn(message), 0);
    const size = turns + JSON.stringify(options).length;
    return (await this.lane(size).run({ type: 'chat', messages, options }, size, use)) as RenderedChat;
  }

  async stop(): Promise<void> {
    await Promise.all([this.short.stop(), this.long.stop()]);
  }

  private async tokens(text: string, { addSpecialTokens, ...use }: EncodeOptions): Promise<Int32Array> {
    const task = { type: 'encode', text, addSpecialTokens } as const;
    return (await this.lane(text.length).run(task, text.length, use)) as Int32Array;
  }

  private lane(size: number): TextLane {
    return size > LONG_TEXT ? this.long : this.short;
  }
}

/** A turn without a word takes as many steps of the template as any. */
function lengthOfTurn({ content, name = '', reasoning = '', toolCalls }: ChatMessage): number {
  return 64 + content.length + name.length + reasoning.length + (toolCalls ? JSON.stringify(toolCalls).length : 0);
}

function lengthOf(text: EncoderText): number {
  return typeof text === 'string' ? text.length : text[0].length + text[1].length;
}

/** Texts in parts that are no longer than a text of the short lane; a longer text is a part of its own. */
function* tasksOf(texts: readonly EncoderText[]): Generator<{ part: readonly EncoderText[]; size: number }> {
  let start = 0;
  let size = 0;
  for (const [i, text] of texts.entries()) {
    const own = TEXT_SIZE + lengthOf(text);
    if (i > start && size + own > LONG_TEXT) {
      yield { part: texts.slice(start, i), size };
      start = i;
      size = 0;
    }
    size += own;
  }
  if (start < texts.length) yield { part: texts.slice(start), size };
}
