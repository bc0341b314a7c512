import { setImmediate } from 'node:timers/promises';
import {
  type ChatPrompt,
  type EncodedItem,
  type EncodeTextsOptions,
  type EncoderText,
  type Encoding,
  type EngineState,
  Generation,
  inputTooLong,
  type ModelEngine,
  type ModelTask,
  type QueuedEncoding,
  queueTimeout,
  readyDecoderInfo,
  readyEncoderInfo,
  readyInfo,
  readyTensorInfo,
  type RequestCost,
  taskUnsupported,
  type TensorRun,
} from '@frontier/batching';
import type { EncodedText, EncoderModelInfo, ModelInfo, TensorModelInfo, TokenPiece } from '@frontier/engine';
import { shuttingDown } from '@frontier/errors';
import { WordTokenizer } from './word-tokenizer.js';

/** An encoder whose results are scripted. */
export interface ScriptedEncoderModel {
  /** The vector or the logits of a text, or of a pair of texts; an error fails the request. */
  encodes: (text: EncoderText) => readonly number[];
  /** Further names; default: none. */
  aliases?: readonly string[];
  /** Properties of the model, where a test needs others: `task`, `maxTokens`, `prompts`, ... */
  info?: Partial<EncoderModelInfo>;
}

interface ScriptedEncoderOptions {
  /** The model's name. */
  name: string;
  model: ScriptedEncoderModel;
  queueTimeoutMs: number;
  requestTimeoutMs: number;
  /** Called at each change of its state. */
  onState?: (state: EngineState) => void;
}

const INFO: EncoderModelInfo = {
  kind: 'encoder',
  architecture: 'scripted',
  task: 'embed',
  pooling: ['mean'],
  precision: 'fp32',
  outputSize: 2,
  maxTokens: 512,
  vocabSize: 65_536,
  loadMs: 0,
  provider: 'cpu',
  graphOrigin: 'cached',
  warnings: [],
  fingerprint: 'scripted',
  isNormalized: false,
  prompts: {},
};

/** An encoder in this process whose results are scripted: no model, no process, ready at once. A token is a word. */
export class ScriptedEncoder implements ModelEngine {
  readonly waiting = 0;
  readonly isSupervised = true;
  readonly pids = [];
  private readonly tokenizer = new WordTokenizer();
  private readonly running = new Set<Encoding>();
  private currentState: EngineState;

  constructor(private readonly options: ScriptedEncoderOptions) {
    this.currentState = { phase: 'ready', info: { ...INFO, ...options.model.info } };
  }

  get state(): EngineState {
    return this.currentState;
  }

  get task(): ModelTask {
    return this.options.model.info?.task ?? INFO.task;
  }

  get unfinished(): number {
    return this.running.size;
  }

  estimateWaitMs(): number {
    return 0;
  }

  info(): ModelInfo {
    return readyDecoderInfo(this.options.name, this.currentState);
  }

  encoderInfo(): EncoderModelInfo {
    return readyEncoderInfo(this.options.name, this.currentState);
  }

  tensorInfo(): TensorModelInfo {
    return readyTensorInfo(this.options.name, this.currentState);
  }

  startTensors(): TensorRun {
    throw taskUnsupported(this.options.name, this.task);
  }

  estimateCost(): RequestCost {
    throw this.unsupported();
  }

  start(): Generation {
    throw this.unsupported();
  }

  reserve(): () => void {
    return () => {};
  }

  startEncoding(request: QueuedEncoding): Encoding {
    this.encoderInfo();
    const { queueTimeoutMs, requestTimeoutMs } = this.options;
    const limits = { queueTimeoutMs, runTimeoutMs: requestTimeoutMs };
    const encoding = new Generation<EncodedItem>(limits, () => queueTimeout(queueTimeoutMs));
    this.running.add(encoding);
    encoding.onEnd(() => this.running.delete(encoding));
    void this.run(encoding, request);
    return encoding;
  }

  async encodeTexts(texts: readonly EncoderText[], options: EncodeTextsOptions): Promise<EncodedText[]> {
    const { maxTokens } = this.encoderInfo();
    return texts.map((text, i) => {
      const encoded = this.encoded(text, options);
      if (encoded.tokens.length > maxTokens) throw inputTooLong(i, encoded.tokens.length, maxTokens);
      return encoded;
    });
  }

  async encode(text: string): Promise<Int32Array> {
    readyInfo(this.options.name, this.currentState);
    return this.tokenizer.encode(text);
  }

  async decode(tokens: readonly number[]): Promise<string> {
    readyInfo(this.options.name, this.currentState);
    return this.tokenizer.decode(tokens);
  }

  async pieces(tokens: Int32Array): Promise<TokenPiece[]> {
    readyInfo(this.options.name, this.currentState);
    return Array.from(tokens, (token) => ({ text: this.tokenizer.decode([token]), isSpecial: false }));
  }

  async chat(): Promise<ChatPrompt> {
    throw this.unsupported();
  }

  async stop(): Promise<void> {
    this.currentState = { phase: 'stopped' };
    this.options.onState?.(this.currentState);
    for (const encoding of this.running) encoding.fail(shuttingDown());
  }

  /** The first text of a pair has the token type 0, the second 1. */
  private encoded(
    text: EncoderText,
    { prompt = '', maxTokens = Infinity, truncationSide }: EncodeTextsOptions,
  ): EncodedText {
    const parts = typeof text === 'string' ? [prompt + text] : [prompt + text[0], text[1]];
    const ids = parts.map((part) => [...this.tokenizer.encode(part)]);
    const tokens = ids.flat();
    const types = ids.flatMap((part, type) => part.map(() => type));
    const from = truncationSide === 'left' ? Math.max(0, tokens.length - maxTokens) : 0;
    return {
      tokens: Int32Array.from(tokens.slice(from, from + maxTokens)),
      ...(parts.length > 1 && { typeIds: Uint8Array.from(types.slice(from, from + maxTokens)) }),
      totalTokens: tokens.length,
    };
  }

  private async run(encoding: Encoding, { inputs, output }: QueuedEncoding): Promise<void> {
    try {
      // Readers subscribe before the first pass.
      await setImmediate();
      encoding.begin();
      for (const [index, { tokens, typeIds }] of inputs.entries()) {
        encoding.noteInput(tokens.length);
        const part = (type: number): string =>
          this.tokenizer.decode(tokens.filter((_, i) => (typeIds?.[i] ?? 0) === type));
        const rows =
          output === 'tokens'
            ? [...tokens].map((token) => this.tokenizer.decode([token]))
            : [typeIds ? ([part(0), part(1)] as const) : part(0)];
        const values = Float32Array.from(rows.flatMap((row) => this.options.model.encodes(row)));
        encoding.push({ index, tokens: tokens.length, values, queueMs: 0 });
      }
      encoding.finish();
    } catch (error) {
      encoding.fail(error);
    } finally {
      encoding.leave();
    }
  }

  private unsupported(): Error {
    return taskUnsupported(this.options.name, this.encoderInfo().task);
  }
}
