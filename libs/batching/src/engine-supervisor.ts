import { randomUUID } from 'node:crypto';
import {
  DEFAULT_ENGINE_OPTIONS,
  type EngineEvent,
  type EngineProcessOptions,
  type GenerationRequest,
  isPermanentModelError,
  overloaded,
  type StepReport,
} from '@frontier/engine';
import { AppError, messageOf, type SerializedAppError } from '@frontier/errors';
import { engineLost, modelLoading, modelUnavailable, requestAborted, shuttingDown } from './batching.errors.js';
import { EngineProcess, type EngineExit } from './engine-process.js';
import { type EngineState, engineStateChannel } from './engine-state.js';
import { type GenerationEvent, PendingRequests } from './pending-requests.js';
import { RestartBackoff } from './restart-backoff.js';

/** What a supervisor keeps alive, and how it tells that it hangs. */
export interface EngineSupervisorOptions {
  /** The model's name, for messages. */
  name: string;
  engine: EngineProcessOptions;
  /** An engine process that is silent for this long is taken for hung, and is killed. At least one pass must fit in. */
  hangTimeoutMs: number;
}

/** Loading blocks the process from its first message on; a model that takes longer never will be loaded. */
const LOAD_TIMEOUT_MS = 600_000;

/**
 * Keeps one model's engine process alive and turns requests into async iterables. It kills a process that hangs and
 * starts another after any end; requests that a pass had worked on fail then, those that only waited are kept.
 */
export class EngineSupervisor {
  private process: EngineProcess | undefined;
  private currentState: EngineState = { phase: 'loading' };
  private readonly pending = new PendingRequests();
  private readonly backoff = new RestartBackoff();
  private readonly heartbeat: NodeJS.Timeout;
  private restartTimer: NodeJS.Timeout | undefined;
  private restartCount = 0;
  /** When the process became ready; `undefined` while it loads. */
  private readyAt: number | undefined;
  private lastSeenAt = 0;
  private lastBeatAt = 0;
  /** Why the process was killed, if it was. */
  private killReason: string | undefined;
  private lastReport: StepReport | undefined;

  /** Starts the engine process; `state` tells when it is ready. */
  constructor(private readonly options: EngineSupervisorOptions) {
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
    return this.pending.waiting;
  }

  /** The newest step of the engine. */
  get report(): StepReport | undefined {
    return this.lastReport;
  }

  /**
   * Runs one request. Ending the iteration, or aborting the signal, cancels it within one step.
   * @throws `model_loading`, `model_unavailable`, `overloaded`, `context_length_exceeded` before the first event;
   * `engine_error`, `shutting_down` and `request_aborted` at any time
   */
  async *generate(
    request: Omit<GenerationRequest, 'id'>,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    if (signal.aborted) throw requestAborted(signal.reason);
    this.assertAdmits();
    const id = randomUUID();
    const channel = this.pending.add({ ...request, id });
    this.process!.send({ type: 'submit', request: { ...request, id } });
    const cancel = (): void => {
      channel.fail(requestAborted(signal.reason));
      if (this.pending.remove(id)) this.process?.send({ type: 'cancel', id });
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      yield* channel;
    } finally {
      signal.removeEventListener('abort', cancel);
      cancel();
    }
  }

  /** Ends the engine process and waits for its end; requests that are not finished fail with `shutting_down`. */
  async stop(): Promise<void> {
    this.enter({ phase: 'stopped' });
    clearInterval(this.heartbeat);
    clearTimeout(this.restartTimer);
    this.pending.failAll(shuttingDown());
    this.process?.kill();
    await this.process?.ended;
  }

  private assertAdmits(): void {
    const { name, engine } = this.options;
    const state = this.currentState;
    if (state.phase === 'failed') throw modelUnavailable(name, state.error.message);
    if (state.phase === 'stopped') throw shuttingDown();
    if (state.phase !== 'ready') throw modelLoading(name);
    const maxWaiting = engine.maxWaiting ?? DEFAULT_ENGINE_OPTIONS.maxWaiting;
    if (this.waiting >= maxWaiting) throw overloaded(maxWaiting);
  }

  private enter(state: EngineState): void {
    this.currentState = state;
    engineStateChannel.publish({ model: this.options.name, state });
  }

  private spawn(): void {
    this.lastSeenAt = this.lastBeatAt = performance.now();
    this.readyAt = undefined;
    this.killReason = undefined;
    try {
      this.process = new EngineProcess({
        onEvent: (event) => this.onEvent(event),
        onExit: (exit) => this.onExit(exit),
      });
    } catch (error) {
      this.killReason = `could not be started: ${messageOf(error)}`;
      this.onExit({ code: null, signal: null });
      return;
    }
    this.process.send({ type: 'load', options: this.options.engine });
  }

  private onEvent(event: EngineEvent): void {
    if (this.currentState.phase === 'stopped') return;
    this.lastSeenAt = performance.now();
    switch (event.type) {
      case 'loaded':
        this.readyAt = performance.now();
        this.enter({ phase: 'ready', info: event.info });
        for (const request of this.pending.requests()) this.process!.send({ type: 'submit', request });
        break;
      case 'load_failed':
        this.onLoadFailed(event.error);
        break;
      case 'step':
        this.lastReport = event.report;
        this.pending.take(event.report);
        break;
      case 'rejected':
        this.pending.remove(event.id)?.fail(AppError.deserialize(event.error));
        break;
      case 'pong':
        break;
    }
  }

  private onLoadFailed(error: SerializedAppError): void {
    if (isPermanentModelError(error.code)) {
      this.enter({ phase: 'failed', error });
      this.pending.failAll(modelUnavailable(this.options.name, error.message));
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
    this.pending.failLost(engineLost(this.options.name, reason));
    const servedMs = this.readyAt === undefined ? 0 : performance.now() - this.readyAt;
    const delayMs = this.backoff.next(servedMs);
    this.restartTimer = setTimeout(() => this.spawn(), delayMs);
  }

  /** Pings the process, and kills it if it has been silent for too long although it was asked. */
  private beat(): void {
    if (!this.process) return;
    const { hangTimeoutMs } = this.options;
    const limitMs = this.currentState.phase === 'ready' ? hangTimeoutMs : LOAD_TIMEOUT_MS;
    const now = performance.now();
    // If this process itself was stopped, or very late, the silence is not the engine's: it gets a new chance.
    if (now - this.lastBeatAt > hangTimeoutMs / 2) this.lastSeenAt = now;
    this.lastBeatAt = now;
    if (now - this.lastSeenAt > limitMs) this.kill(`hung (no sign of life for ${limitMs} ms)`);
    else this.process.send({ type: 'ping' });
  }
}
