import type { ChatMessage, ChatOptions, TextInfo } from '@frontier/engine';
import type { AppError } from '@frontier/errors';
import { TextLane, type TextUse } from './text-lane.js';

/** Longer texts go to a process of their own, so that short ones need not wait for them. */
const LONG_TEXT = 16_384;
/** Long texts are rare: their process is not kept. */
const LONG_LANE_IDLE_MS = 60_000;
/** A text that takes more of the processor's time is no text that anybody wrote: a megabyte of prose takes a second or two. */
const DEFAULT_TASK_TIMEOUT_MS = 5000;

export interface ModelTextOptions {
  /** The model's name, for messages. */
  name: string;
  /** The model's folder. */
  path: string;
  /** A text waits so long at most. */
  queueTimeoutMs: number;
  /** A text that takes longer is given up; default 5,000. */
  taskTimeoutMs?: number;
  onLoaded: (info: TextInfo) => void;
  onLoadFailed: (error: AppError) => void;
  onOutput: (line: string) => void;
}

/**
 * What a model makes of text, in processes beside its engine's. All methods throw what {@link TextLane.run} throws.
 */
export class ModelText {
  private readonly short: TextLane;
  private readonly long: TextLane;

  constructor({ onLoaded, onLoadFailed, taskTimeoutMs = DEFAULT_TASK_TIMEOUT_MS, ...options }: ModelTextOptions) {
    this.short = new TextLane({ ...options, taskTimeoutMs, depth: 16, niceness: 0, onLoaded, onLoadFailed });
    this.long = new TextLane({ ...options, taskTimeoutMs, depth: 1, niceness: 5, idleMs: LONG_LANE_IDLE_MS });
    this.short.start();
  }

  /** The processes that there are. */
  get pids(): number[] {
    return [this.short.pid, this.long.pid].filter((pid) => pid !== undefined);
  }

  /** The token ids of a text, with the special tokens that the model expects around it where they are asked for. */
  async encode(text: string, addSpecialTokens: boolean, use: TextUse): Promise<Int32Array> {
    const task = { type: 'encode', text, addSpecialTokens } as const;
    return (await this.lane(text.length).run(task, text.length, use)) as Int32Array;
  }

  /** The text of tokens, without special ones. */
  async decode(tokens: Int32Array | readonly number[], use: TextUse): Promise<string> {
    const size = 4 * tokens.length;
    return (await this.lane(size).run({ type: 'decode', tokens }, size, use)) as string;
  }

  /** A conversation as the text that the model continues. */
  async chat(messages: readonly ChatMessage[], options: ChatOptions, use: TextUse): Promise<string> {
    // A turn without a word takes as many steps of the template as any.
    const turns = messages.reduce((sum, { content, name = '' }) => sum + 64 + content.length + name.length, 0);
    const size = turns + JSON.stringify(options).length;
    return (await this.lane(size).run({ type: 'chat', messages, options }, size, use)) as string;
  }

  async stop(): Promise<void> {
    await Promise.all([this.short.stop(), this.long.stop()]);
  }

  private lane(size: number): TextLane {
    return size > LONG_TEXT ? this.long : this.short;
  }
}
