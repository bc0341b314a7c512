import { shuttingDown } from '@frontier/errors';
import { setImmediate, setTimeout } from 'node:timers/promises';
import {
  type ChatPrompt,
  type CostInputs,
  type Encoding,
  type EngineState,
  Generation,
  type ModelEngine,
  type QueuedRequest,
  queueTimeout,
  readyDecoderInfo,
  readyEncoderInfo,
  readyTensorInfo,
  type RequestCost,
  taskUnsupported,
  type TensorRun,
} from '@frontier/batching';
import type {
  ChatMessage,
  ChatOptions,
  EncoderModelInfo,
  FinishReason,
  ModelInfo,
  TensorModelInfo,
  TokenPiece,
} from '@frontier/engine';
import { type AnswerScript, answerOf, piecesOf, type ScriptedAnswer } from './scripted-answer.js';
import { WordTokenizer } from './word-tokenizer.js';

/** A model with scripted answers. */
export interface ScriptedModel {
  answers: AnswerScript;
  /** Further names; default: none. */
  aliases?: readonly string[];
  /** Properties of the model, where a test needs others: `contextLength`, `defaults`, ... */
  info?: Partial<ModelInfo>;
}

export interface ScriptedEngineOptions {
  /** The model's name. */
  name: string;
  model: ScriptedModel;
  queueTimeoutMs: number;
  requestTimeoutMs: number;
  /** Called at each change of its state. */
  onState?: (state: EngineState) => void;
}

const INFO: ModelInfo = {
  kind: 'decoder',
  architecture: 'scripted',
  contextLength: 4096,
  prefixCacheBytes: 0,
  vocabSize: 65_536,
  loadMs: 0,
  provider: 'cpu',
  graphOrigin: 'cached',
  warnings: [],
  defaults: {},
  fingerprint: 'scripted',
};

/** One answer while it is streamed. */
interface RunningAnswer extends ScriptedAnswer {
  pieces: readonly string[];
  reason: FinishReason;
  generated: number;
}

/** An engine in this process that answers by a script: no model, no process, ready at once. */
export class ScriptedEngine implements ModelEngine {
  readonly waiting = 0;
  readonly isSupervised = true;
  readonly pids = [];
  readonly task = 'generate';
  private readonly tokenizer = new WordTokenizer();
  private readonly running = new Set<Generation>();
  private currentState: EngineState;

  constructor(private readonly options: ScriptedEngineOptions) {
    this.currentState = { phase: 'ready', info: { ...INFO, ...options.model.info } };
  }

  get state(): EngineState {
    return this.currentState;
  }

  get unfinished(): number {
    return this.running.size;
  }

  /** Changes the state, as a test of an engine that is loading, has failed or restarts needs it. */
  enter(state: EngineState): void {
    this.currentState = state;
    this.options.onState?.(state);
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

  estimateCost({ promptTokens, maxNewTokens, n = 1, caller = '' }: CostInputs): RequestCost {
    const answerTokens = n * Math.min(maxNewTokens, this.info().contextLength - promptTokens);
    return { caller, answers: n, promptTokens, answerTokens, maxTokens: promptTokens + answerTokens };
  }

  reserve(): () => void {
    return () => {};
  }

  start(request: QueuedRequest): Generation {
    this.info();
    const { queueTimeoutMs, requestTimeoutMs } = this.options;
    const limits = { queueTimeoutMs, runTimeoutMs: requestTimeoutMs };
    const generation = new Generation(limits, () => queueTimeout(queueTimeoutMs));
    this.running.add(generation);
    generation.onEnd(() => this.running.delete(generation));
    void this.run(generation, request);
    return generation;
  }

  startEncoding(): Encoding {
    throw taskUnsupported(this.options.name, 'generate');
  }

  async encodeTexts(): Promise<never> {
    throw taskUnsupported(this.options.name, 'generate');
  }

  async encode(text: string, { keepLast }: { keepLast?: number } = {}): Promise<Int32Array> {
    this.info();
    const tokens = this.tokenizer.encode(text);
    return keepLast === undefined ? tokens : tokens.slice(-keepLast);
  }

  async decode(tokens: readonly number[]): Promise<string> {
    this.info();
    return this.tokenizer.decode(tokens);
  }

  async pieces(tokens: Int32Array): Promise<TokenPiece[]> {
    this.info();
    return Array.from(tokens, (token) => ({ text: this.tokenizer.decode([token]), isSpecial: false }));
  }

  /** One line for each message, then the assistant's; calls are as Hermes writes them, and thoughts between `<think>` and `</think>`. */
  async chat(
    messages: readonly ChatMessage[],
    { tools = [], mustCall = false }: ChatOptions = {},
  ): Promise<ChatPrompt> {
    this.info();
    const lines = messages.map(({ role, content }) => `${role}: ${content}`);
    const calls = tools.length > 0 ? { tools: 'hermes' as const } : {};
    const thinking = mustCall ? 'none' : 'possible';
    return {
      prompt: [...lines, 'assistant:'].join('\n'),
      form: { ...calls, isTriggered: tools.length > 0 && mustCall, thinking },
      addSpecialTokens: false,
    };
  }

  async stop(): Promise<void> {
    this.enter({ phase: 'stopped' });
    for (const generation of this.running) generation.fail(shuttingDown());
  }

  private async run(generation: Generation, request: QueuedRequest): Promise<void> {
    try {
      const answers = this.answersTo(request);
      // Readers subscribe before the first step.
      await setImmediate();
      generation.begin();
      generation.notePrompt(request.prompt.length);
      // Answers of one request share the steps, as in an engine.
      for (let open = answers; open.length > 0 && !generation.end; open = open.filter(isOpen)) {
        for (const answer of open) await this.step(generation, answer, request, answers.indexOf(answer));
      }
      generation.finish();
    } catch (error) {
      generation.fail(error);
    } finally {
      generation.leave();
    }
  }

  private answersTo({ prompt, params, n = 1, caller = '' }: QueuedRequest): RunningAnswer[] {
    const text = this.tokenizer.decode(prompt);
    return Array.from({ length: n }, (_, index) => {
      const answer = answerOf(this.options.model.answers, { prompt: text, index, params, caller });
      return { ...answer, ...piecesOf(answer, params), generated: 0 };
    });
  }

  /** Pushes the next piece of one answer, and fails where its script does. */
  private async step(
    generation: Generation,
    answer: RunningAnswer,
    request: QueuedRequest,
    index: number,
  ): Promise<void> {
    const { pieces, reason, error, delayMs } = answer;
    await (delayMs === undefined ? setImmediate() : setTimeout(delayMs));
    if (answer.generated >= pieces.length && error) throw error;
    const text = pieces[answer.generated] ?? '';
    const isFirst = answer.generated++ === 0;
    const promptTokens = request.prompt.length;
    const isLast = answer.generated >= pieces.length && !error;
    const usage = { promptTokens, completionTokens: answer.generated };
    generation.noteToken();
    generation.push({
      index,
      text,
      generated: answer.generated,
      ...(isFirst && { started: { queueMs: 0, prefillMs: 0, promptTokens } }),
      ...(isLast && { finished: { reason, usage, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } } }),
    });
  }
}

function isOpen({ generated, pieces, error }: RunningAnswer): boolean {
  return generated < pieces.length || error !== undefined;
}
