import { type ChatMessage, type ChatOptions, contextLengthExceeded, type TextInfo } from '@frontier/engine';
import type { AppError } from '@frontier/errors';
import { TextLane, type TextUse } from './text-lane.js';

/** Longer texts go to a process of their own, so that short ones need not wait for them. */
const LONG_TEXT = 16_384;
/** Long texts are rare: their process is not kept. */
const LONG_LANE_IDLE_MS = 60_000;
/** Processor time of a text; a megabyte of prose takes a second or two. */
const TASK_TIMEOUT_MS = 5000;
/** Tokens that a cut text has beyond those that are kept. */
const TRUNCATION_SLACK = 64;

/** Options of tokenization. */
export interface EncodeOptions extends TextUse {
  /** Whether the text gets the special tokens that the model expects around it. */
  addSpecialTokens: boolean;
  /** Keeps so many tokens at most, the last ones. */
  keepLast?: number;
}

interface ModelTextOptions {
  /** The model's name, for messages. */
  name: string;
  /** The model's folder. */
  path: string;
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

  /** The text of tokens, without special ones. */
  async decode(tokens: Int32Array | readonly number[], use: TextUse): Promise<string> {
    const size = 4 * tokens.length;
    return (await this.lane(size).run({ type: 'decode', tokens }, size, use)) as string;
  }

  /** Writes a conversation as the text that the model continues. */
  async chat(messages: readonly ChatMessage[], options: ChatOptions, use: TextUse): Promise<string> {
    // A turn without a word takes as many steps of the template as any.
    const turns = messages.reduce((sum, { content, name = '' }) => sum + 64 + content.length + name.length, 0);
    const size = turns + JSON.stringify(options).length;
    return (await this.lane(size).run({ type: 'chat', messages, options }, size, use)) as string;
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
