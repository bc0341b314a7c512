import {
  type ChatMessage,
  type ChatOptions,
  DEFAULT_SAMPLING_PARAMS,
  type EngineCommand,
  type EngineEvent,
  type EngineProcessOptions,
  type GenerationRequest,
  isPermanentModelError,
  type ModelInfo,
  type Priority,
  type StepReport,
} from '@frontier/engine';
import { type AppError, messageOf, type SerializedAppError } from '@frontier/errors';
import type { QueueLimits } from './queue-limits.js';
import { engineLost, modelLoading, modelUnavailable, shuttingDown } from './batching.errors.js';
import { engineOutputChannel } from './engine-output.js';
import { EngineRequests } from './engine-requests.js';
import { type EngineState, engineStateChannel } from './engine-state.js';
import { engineIdleChannel } from './engine-step.js';
import type { Generation } from './generation.js';
import { type EncodeOptions, ModelText } from './model-text.js';
import type { CostInputs, RequestCost } from './request-cost.js';
import { RestartBackoff } from './restart-backoff.js';
import type { TextUse } from './text-lane.js';
import { type ProcessExit, WorkerProcess } from './worker-process.js';

/** What a supervisor keeps alive, how it tells that it hangs, and how many requests may wait for it how long. */
export interface EngineSupervisorOptions {
  /** The model's name, for messages. */
  name: string;
  engine: Omit<EngineProcessOptions, 'maxWaiting'>;
  /** An engine process that is silent for this long is taken for hung, and is killed. At least one pass must fit in. */
  hangTimeoutMs: number;
  queue: QueueLimits;
  /** A request that has not ended after this long fails, waiting included. */
  requestTimeoutMs: number;
}

/**
 * V8's middle tier inlines the sampler's loops and then keeps them: a greedy choice over 49,152 logits took 0.3 ms
 * instead of 0.07. Without it they reach the optimising compiler. glibc raises its limit for memory that is mapped, and given
 * back when it is freed, up to 32 MiB as it goes; caches that grow and shrink then leave holes in the heap. With a fixed limit
 * an engine under random load took a quarter less.
 */
const ENGINE_PROGRAM = {
  entry: '@frontier/engine/process',
  flags: ['--no-maglev'],
  environment: { MALLOC_MMAP_THRESHOLD_: String(2 ** 20) },
  hasTemporaryFolder: true,
};

/** Loading blocks the process from its first message on; a model that takes longer never will be loaded. */
const LOAD_TIMEOUT_MS = 600_000;

/** Heartbeats without which an engine is not supervised. */
const MISSED_BEATS = 12;

/**
 * Keeps one model's engine process alive, which works on its {@link EngineRequests}, and its {@link ModelText}. It kills a
 * process that hangs and starts another after any end; requests that a pass had worked on fail then, those that only waited
 * are kept. A model whose loading fails the same way twice has failed.
 */
export class EngineSupervisor {
  private process: WorkerProcess<EngineCommand, EngineEvent> | undefined;
  private currentState: EngineState = { phase: 'loading' };
  private readonly requests: EngineRequests;
  private readonly text: ModelText;
  /** Known once its process is ready; the model is ready when its text is, too. */
  private engineInfo: ModelInfo | undefined;
  private lastLoadFailure: string | undefined;
  private readonly backoff = new RestartBackoff();
  private readonly heartbeat: NodeJS.Timeout;
  private restartTimer: NodeJS.Timeout | undefined;
  private restartCount = 0;
  /** When the process became ready; `undefined` while it loads. */
  private readyAt: number | undefined;
  private lastSeenAt = 0;
  private lastBeatAt = performance.now();
  /** Why the process was killed, if it was. */
  private killReason: string | undefined;
  private lastReport: StepReport | undefined;

  /** Starts the engine process; `state` tells when it is ready. */
  constructor(private readonly options: EngineSupervisorOptions) {
    const { name, queue, requestTimeoutMs, engine } = options;
    const { maxBatchSize } = engine;
    const send = (command: EngineCommand): boolean => {
      this.process?.send(command);
      return this.process !== undefined;
    };
    this.requests = new EngineRequests({ name, maxBatchSize, queue, requestTimeoutMs, send });
    this.text = new ModelText({
      name,
      path: engine.path,
      plugin: engine.plugin,
      queueTimeoutMs: queue.timeoutMs,
      onLoaded: () => this.becomeReady(),
      onLoadFailed: (error) => this.onTextFailed(error),
      onOutput: (line) => this.publishOutput(line),
    });
    this.heartbeat = setInterval(() => this.beat(), options.hangTimeoutMs / 4).unref();
    this.spawn();
  }

  get state(): EngineState {
    return this.currentState;
  }

  get pid(): number | undefined {
    return this.process?.pid;
  }

  get restarts(): number {
    return this.restartCount;
  }

  /** Requests that no pass has worked on yet. */
  get waiting(): number {
    return this.requests.waiting;
  }

  /** Requests that have not ended, those that wait included. */
  get unfinished(): number {
    return this.requests.unfinished;
  }

  /** Whether its process is watched: false only where this process itself has come to a stop. */
  get isSupervised(): boolean {
    const limitMs = MISSED_BEATS * (this.options.hangTimeoutMs / 4);
    return this.currentState.phase === 'stopped' || performance.now() - this.lastBeatAt < limitMs;
  }

  /** The newest step of the engine. */
  get report(): StepReport | undefined {
    return this.lastReport;
  }

  /** The processes that make tokens of its texts. */
  get textPids(): number[] {
    return this.text.pids;
  }

  /** What a request will probably cost. */
  predictCost(request: CostInputs): RequestCost {
    const { defaults, contextLength } = this.info();
    const { maxNewTokens = DEFAULT_SAMPLING_PARAMS.maxNewTokens } = defaults;
    return this.requests.predictCost(request, maxNewTokens, contextLength);
  }

  /**
   * Lets answers in while their prompt is tokenized, or refuses them.
   * @returns gives their place back; to be called before {@link start}
   * @throws `overloaded`
   */
  admit(answers: number, caller: string, priority: Priority, maxWaitMs = Infinity): () => void {
    return this.requests.enter(answers, caller, priority, maxWaitMs);
  }

  /**
   * Queues one request. It runs until it ends or nobody follows it; so it must be followed at once.
   * @param maxWaitMs how long its caller would wait for its turn
   * @throws `model_loading`, `model_unavailable`, `shutting_down`, `overloaded`; the generation fails with
   * `context_length_exceeded`, `engine_error` or `shutting_down`
   */
  start(request: Omit<GenerationRequest, 'id'>, maxWaitMs = Infinity): Generation {
    const { prompt, params, n, caller } = request;
    const cost = this.predictCost({ promptTokens: prompt.length, params, n, caller });
    return this.requests.start(request, cost, maxWaitMs);
  }

  /**
   * The token ids of a text.
   * @throws `context_length_exceeded` where its length alone proves that it has more tokens than the context; `model_loading`,
   * `model_unavailable`, `shutting_down`, `overloaded`, `queue_timeout`, `request_aborted`, `invalid_request`
   */
  async encode(text: string, options: EncodeOptions): Promise<Int32Array> {
    return this.text.encode(text, this.info().contextLength, options);
  }

  /** The text of tokens, without special ones. Throws as {@link encode}. */
  async decode(tokens: readonly number[], use: TextUse): Promise<string> {
    this.info();
    return this.text.decode(tokens, use);
  }

  /**
   * A conversation as the text that the model continues, and whether that needs special tokens around it.
   * @throws `chat_template_invalid`, and as {@link encode}
   */
  async chat(
    messages: readonly ChatMessage[],
    options: ChatOptions,
    use: TextUse,
  ): Promise<{ prompt: string; addSpecialTokens: boolean }> {
    this.info();
    const prompt = await this.text.chat(messages, options, use);
    return { prompt, addSpecialTokens: this.text.info!.chatNeedsSpecialTokens };
  }

  /** Ends the engine process and waits for its end; requests that are not finished fail with `shutting_down`. */
  async stop(): Promise<void> {
    this.enter({ phase: 'stopped' });
    clearInterval(this.heartbeat);
    clearTimeout(this.restartTimer);
    this.requests.failAll(shuttingDown());
    this.process?.kill();
    await Promise.all([this.process?.ended, this.text.stop()]);
  }

  /** What is known of the model; only while its engine is ready. */
  info(): ModelInfo {
    const { name } = this.options;
    const state = this.currentState;
    if (state.phase === 'ready') return state.info;
    if (state.phase === 'failed') throw modelUnavailable(name, state.error.message);
    if (state.phase === 'stopped') throw shuttingDown();
    throw modelLoading(name);
  }

  private publishOutput(line: string): void {
    engineOutputChannel.publish({ model: this.options.name, line });
  }

  private enter(state: EngineState): void {
    this.currentState = state;
    engineStateChannel.publish({ model: this.options.name, state });
  }

  private spawn(): void {
    this.lastSeenAt = performance.now();
    this.readyAt = undefined;
    this.killReason = undefined;
    try {
      this.process = new WorkerProcess<EngineCommand, EngineEvent>(ENGINE_PROGRAM, {
        onEvent: (event) => this.onEvent(event),
        onExit: (exit) => this.onExit(exit),
        onOutput: (line) => this.publishOutput(line),
      });
    } catch (error) {
      this.killReason = `could not be started: ${messageOf(error)}`;
      this.onExit({ code: null, signal: null });
      return;
    }
    const { engine, queue } = this.options;
    // The engine's own queue has room for all that is let in here, by shares twice as much as one caller may have, and for what it has preempted.
    const maxWaiting = 2 * queue.maxRequests + engine.maxBatchSize;
    this.process.send({ type: 'load', options: { ...engine, maxWaiting } });
  }

  private onEvent(event: EngineEvent): void {
    if (this.currentState.phase === 'stopped') return;
    this.lastSeenAt = performance.now();
    switch (event.type) {
      case 'loaded':
        this.readyAt = performance.now();
        this.lastLoadFailure = undefined;
        this.engineInfo = event.info;
        this.becomeReady();
        break;
      case 'load_failed':
        this.onLoadFailed(event.error);
        break;
      case 'step':
        this.lastReport = event.report;
        this.requests.take(event.report);
        break;
      case 'idle':
        engineIdleChannel.publish({ model: this.options.name });
        break;
      case 'rejected':
        this.requests.reject(event.id, event.error);
        break;
      case 'left':
        this.requests.onLeft(event.id);
        break;
      case 'pong':
        break;
    }
  }

  private becomeReady(): void {
    const { engineInfo } = this;
    const textInfo = this.text.info;
    if (!engineInfo || !textInfo || this.currentState.phase === 'ready') return;
    const warnings = [...new Set([...engineInfo.warnings, ...textInfo.warnings])];
    this.enter({ phase: 'ready', info: { ...engineInfo, warnings } });
    this.requests.resubmit();
  }

  /** A tokenizer that was loaded once is one; a folder that is being changed is no reason to stop. */
  private onTextFailed(error: AppError): void {
    if (!this.text.info && this.currentState.phase !== 'stopped') this.judgeLoadFailure(error.serialize());
  }

  private onLoadFailed(error: SerializedAppError): void {
    this.judgeLoadFailure(error);
    this.kill(`could not load: ${error.message}`);
  }

  /** A folder that cannot be served, or that fails the same way twice, has failed. */
  private judgeLoadFailure(error: SerializedAppError): void {
    const failure = error.message.replaceAll(/\d+/g, '#');
    if (isPermanentModelError(error.code) || failure === this.lastLoadFailure) this.fail(error);
    this.lastLoadFailure = failure;
  }

  private fail(error: SerializedAppError): void {
    if (this.currentState.phase === 'failed') return;
    this.enter({ phase: 'failed', error });
    this.requests.failAll(modelUnavailable(this.options.name, error.message));
    this.process?.kill();
    void this.text.stop();
  }

  private kill(reason: string): void {
    this.killReason = reason;
    this.process?.kill();
  }

  private onExit(exit: ProcessExit): void {
    this.process = undefined;
    this.engineInfo = undefined;
    if (this.currentState.phase === 'stopped' || this.currentState.phase === 'failed') return;
    const reason = this.killReason ?? `ended (${exit.signal ?? `exit code ${exit.code}`})`;
    this.restartCount++;
    this.enter({ phase: 'restarting', reason });
    this.requests.failLost(engineLost(this.options.name, reason));
    const servedMs = this.readyAt === undefined ? 0 : performance.now() - this.readyAt;
    const delayMs = this.backoff.next(servedMs);
    this.restartTimer = setTimeout(() => this.spawn(), delayMs);
  }

  /** Pings the process, and kills it if it has been silent for too long although it was asked. */
  private beat(): void {
    const { hangTimeoutMs } = this.options;
    const now = performance.now();
    // If this process itself was stopped, or very late, the silence is not the engine's: it gets a new chance.
    if (now - this.lastBeatAt > hangTimeoutMs / 2) this.lastSeenAt = now;
    this.lastBeatAt = now;
    if (!this.process) return;
    const limitMs = this.currentState.phase === 'ready' ? hangTimeoutMs : LOAD_TIMEOUT_MS;
    if (now - this.lastSeenAt > limitMs) this.kill(`hung (no sign of life for ${limitMs} ms)`);
    else this.process.send({ type: 'ping' });
  }
}
