import {
  type EngineCommand,
  DEFAULT_SAMPLING_PARAMS,
  type EngineEvent,
  type EngineProcessOptions,
  type GenerationRequest,
  isPermanentModelError,
  type ModelInfo,
  type StepReport,
} from '@frontier/engine';
import { messageOf, type SerializedAppError } from '@frontier/errors';
import type { QueueLimits } from './admission.js';
import { engineLost, modelLoading, modelUnavailable, shuttingDown } from './batching.errors.js';
import { EngineCalls } from './engine-calls.js';
import { engineOutputChannel } from './engine-output.js';
import { EngineProcess, type EngineExit } from './engine-process.js';
import { EngineRequests } from './engine-requests.js';
import { type EngineState, engineStateChannel } from './engine-state.js';
import { engineIdleChannel } from './engine-step.js';
import type { Generation } from './generation.js';
import type { CostlyRequest, RequestCost } from './request-cost.js';
import { RestartBackoff } from './restart-backoff.js';

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

/** Loading blocks the process from its first message on; a model that takes longer never will be loaded. */
const LOAD_TIMEOUT_MS = 600_000;

/** Heartbeats without which an engine is not supervised. */
const MISSED_BEATS = 12;

/**
 * Keeps one model's engine process alive, which works on its {@link EngineRequests}. It kills a process that hangs and
 * starts another after any end; requests that a pass had worked on fail then, those that only waited are kept.
 */
export class EngineSupervisor {
  private process: EngineProcess | undefined;
  private currentState: EngineState = { phase: 'loading' };
  private readonly requests: EngineRequests;
  private readonly calls: EngineCalls;
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
    const send = (command: EngineCommand): void => this.process?.send(command);
    this.requests = new EngineRequests({ name, maxBatchSize, queue, requestTimeoutMs, send });
    this.calls = new EngineCalls(send);
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

  /** What a request will probably cost. */
  predictCost(request: CostlyRequest): RequestCost {
    const { maxNewTokens = DEFAULT_SAMPLING_PARAMS.maxNewTokens } = this.info().defaults;
    return this.requests.predictCost(request, maxNewTokens);
  }

  /**
   * Queues one request. It runs until it ends or nobody follows it; so it must be followed at once.
   * @param maxWaitMs how long its caller would wait for its turn
   * @throws `model_loading`, `model_unavailable`, `shutting_down`, `overloaded`; the generation fails with
   * `context_length_exceeded`, `engine_error` or `shutting_down`
   */
  start(request: Omit<GenerationRequest, 'id'>, maxWaitMs = Infinity): Generation {
    return this.requests.start(request, this.predictCost(request), maxWaitMs);
  }

  /**
   * The token ids of a text, with the special tokens that the model expects around it where they are asked for.
   * @throws `model_loading`, `model_unavailable`, `shutting_down`, `engine_error` when the process ends meanwhile
   */
  async tokenize(text: string, addSpecialTokens: boolean): Promise<number[]> {
    this.info();
    return (await this.calls.ask({ type: 'tokenize', text, addSpecialTokens })) as number[];
  }

  /**
   * The text of tokens; special ones have none.
   * @throws `invalid_request` naming a token that the model does not have, and as {@link tokenize} does
   */
  async detokenize(tokens: readonly number[]): Promise<string> {
    this.info();
    return (await this.calls.ask({ type: 'detokenize', tokens })) as string;
  }

  /** Ends the engine process and waits for its end; requests that are not finished fail with `shutting_down`. */
  async stop(): Promise<void> {
    this.enter({ phase: 'stopped' });
    clearInterval(this.heartbeat);
    clearTimeout(this.restartTimer);
    this.requests.failAll(shuttingDown());
    this.calls.failAll(shuttingDown());
    this.process?.kill();
    await this.process?.ended;
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

  private enter(state: EngineState): void {
    this.currentState = state;
    engineStateChannel.publish({ model: this.options.name, state });
  }

  private spawn(): void {
    this.lastSeenAt = performance.now();
    this.readyAt = undefined;
    this.killReason = undefined;
    try {
      this.process = new EngineProcess({
        onEvent: (event) => this.onEvent(event),
        onExit: (exit) => this.onExit(exit),
        onOutput: (line) => engineOutputChannel.publish({ model: this.options.name, line }),
      });
    } catch (error) {
      this.killReason = `could not be started: ${messageOf(error)}`;
      this.onExit({ code: null, signal: null });
      return;
    }
    const { engine, queue } = this.options;
    // The engine's own queue has room for all that is let in here, and for what it has preempted.
    const maxWaiting = queue.maxRequests + engine.maxBatchSize;
    this.process.send({ type: 'load', options: { ...engine, maxWaiting } });
  }

  private onEvent(event: EngineEvent): void {
    if (this.currentState.phase === 'stopped') return;
    this.lastSeenAt = performance.now();
    switch (event.type) {
      case 'loaded':
        this.readyAt = performance.now();
        this.enter({ phase: 'ready', info: event.info });
        this.requests.resubmit();
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
        this.calls.reject(event.id, event.error);
        break;
      case 'tokenized':
        this.calls.answer(event.id, event.tokens);
        break;
      case 'detokenized':
        this.calls.answer(event.id, event.text);
        break;
      case 'pong':
        break;
    }
  }

  private onLoadFailed(error: SerializedAppError): void {
    if (isPermanentModelError(error.code)) {
      this.enter({ phase: 'failed', error });
      this.requests.failAll(modelUnavailable(this.options.name, error.message));
    }
    this.kill(`could not load: ${error.message}`);
  }

  private kill(reason: string): void {
    this.killReason = reason;
    this.process?.kill();
  }

  private onExit(exit: EngineExit): void {
    this.process = undefined;
    if (this.currentState.phase === 'stopped' || this.currentState.phase === 'failed') return;
    const reason = this.killReason ?? `ended (${exit.signal ?? `exit code ${exit.code}`})`;
    this.restartCount++;
    this.enter({ phase: 'restarting', reason });
    this.requests.failLost(engineLost(this.options.name, reason));
    this.calls.failAll(engineLost(this.options.name, reason));
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
