import { randomUUID } from 'node:crypto';
import {
  type EngineEvent,
  type EngineProcessOptions,
  type GenerationRequest,
  type ModelInfo,
  overloaded,
  type SequenceOutput,
  type StepReport,
} from '@frontier/engine';
import { AppError, type SerializedAppError } from '@frontier/errors';
import { engineLost, modelLoading, modelUnavailable, requestAborted, shuttingDown } from './batching.errors.js';
import { EngineProcess, type EngineExit } from './engine-process.js';
import { GenerationChannel } from './generation-channel.js';

export interface EngineSupervisorOptions {
  /** The model's name, for messages. */
  name: string;
  engine: EngineProcessOptions;
  /** An engine process that is silent for this long is taken for hung, and is killed. At least one pass must fit in. */
  hangTimeoutMs: number;
}

export type EngineState =
  | { phase: 'loading' }
  | { phase: 'ready'; info: ModelInfo }
  /** The process ended; the next one loads, or waits for its turn. */
  | { phase: 'restarting'; reason: string }
  /** The model cannot be loaded, now or later. */
  | { phase: 'failed'; error: SerializedAppError }
  | { phase: 'stopped' };

/** A piece of one request's answer. */
export type GenerationEvent = Omit<SequenceOutput, 'id' | 'error'>;

/** A request that has not ended. */
interface Pending {
  request: GenerationRequest;
  channel: GenerationChannel<GenerationEvent>;
  /** Whether a pass has worked on it: such a request ends with its engine process, others go to the next one. */
  scheduled: boolean;
  submissions: number;
}

/** Model errors that no restart can heal. */
const PERMANENT = new Set(['model_invalid', 'model_unsupported']);
/** A queued request that was there when so many engine processes died may be what kills them. */
const MAX_SUBMISSIONS = 3;
const RESTART_DELAY_MS = { first: 500, max: 30_000 };
/** Loading blocks the process from its first message on; a model that takes longer never will be loaded. */
const LOAD_TIMEOUT_MS = 600_000;
/** A process that lived this long resets the delay. */
const STABLE_AFTER_MS = 10_000;

/**
 * Keeps one model's engine process alive and turns requests into async iterables. It kills a process that hangs and
 * starts another after any end; requests that a pass had worked on fail then, those that only waited are kept.
 */
export class EngineSupervisor {
  private process: EngineProcess | undefined;
  private currentState: EngineState = { phase: 'loading' };
  private readonly pending = new Map<string, Pending>();
  private lastReport: StepReport | undefined;
  private restartCount = 0;
  private restartDelayMs = 0;
  private startedAt = 0;
  private restartTimer: NodeJS.Timeout | undefined;
  private readonly heartbeat: NodeJS.Timeout;
  private lastSeenAt = 0;
  private lastBeatAt = 0;
  private killReason: string | undefined;

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
    let count = 0;
    for (const { scheduled } of this.pending.values()) if (!scheduled) count++;
    return count;
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
    const pending = this.admit(request);
    const { channel } = pending;
    const abort = (): void => channel.fail(requestAborted(signal.reason));
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    try {
      for (let event = await channel.next(); event; event = await channel.next()) yield event;
    } finally {
      signal.removeEventListener('abort', abort);
      const { id } = pending.request;
      if (this.pending.delete(id)) this.process?.send({ type: 'cancel', id });
    }
  }

  /** Ends the engine process; requests that are not finished fail with `shutting_down`. */
  stop(): void {
    this.currentState = { phase: 'stopped' };
    clearInterval(this.heartbeat);
    clearTimeout(this.restartTimer);
    this.failAll(shuttingDown());
    this.process?.kill();
  }

  private admit(request: Omit<GenerationRequest, 'id'>): Pending {
    const { name, engine } = this.options;
    const state = this.currentState;
    if (state.phase === 'failed') throw modelUnavailable(name, state.error.message);
    if (state.phase === 'stopped') throw shuttingDown();
    if (state.phase !== 'ready') throw modelLoading(name);
    if (this.waiting >= engine.maxWaiting) throw overloaded(engine.maxWaiting, 1000);
    const pending: Pending = {
      request: { ...request, id: randomUUID() },
      channel: new GenerationChannel(),
      scheduled: false,
      submissions: 0,
    };
    this.pending.set(pending.request.id, pending);
    this.submit(pending);
    return pending;
  }

  private submit(pending: Pending): void {
    pending.submissions++;
    this.process!.send({ type: 'submit', request: pending.request });
  }

  private spawn(): void {
    this.startedAt = this.lastSeenAt = this.lastBeatAt = performance.now();
    this.killReason = undefined;
    const process = new EngineProcess({
      onEvent: (event) => this.onEvent(event),
      onExit: (exit) => this.onExit(exit),
    });
    this.process = process;
    process.send({ type: 'load', options: this.options.engine });
  }

  private onEvent(event: EngineEvent): void {
    if (this.currentState.phase === 'stopped') return;
    this.lastSeenAt = performance.now();
    switch (event.type) {
      case 'loaded':
        this.currentState = { phase: 'ready', info: event.info };
        for (const pending of this.pending.values()) this.submit(pending);
        break;
      case 'load_failed':
        this.onLoadFailed(event.error);
        break;
      case 'step':
        this.onStep(event.report);
        break;
      case 'rejected':
        this.settle(event.id)?.fail(AppError.deserialize(event.error));
        break;
      case 'pong':
        break;
    }
  }

  private onStep(report: StepReport): void {
    this.lastReport = report;
    for (const id of report.scheduled) {
      const pending = this.pending.get(id);
      if (pending) pending.scheduled = true;
    }
    for (const { id, error, ...event } of report.outputs) {
      const channel = this.pending.get(id)?.channel;
      if (!channel) continue;
      if (error) this.settle(id)!.fail(AppError.deserialize(error));
      else if (event.text || event.started || event.finished) channel.push(event);
      if (event.finished) this.settle(id)!.close();
    }
  }

  private onLoadFailed(error: SerializedAppError): void {
    if (PERMANENT.has(error.code)) {
      this.currentState = { phase: 'failed', error };
      this.failAll(modelUnavailable(this.options.name, error.message));
    }
    this.killReason = `could not load: ${error.message}`;
    this.process?.kill();
  }

  private onExit(exit: EngineExit): void {
    this.process = undefined;
    if (this.currentState.phase === 'stopped' || this.currentState.phase === 'failed') return;
    const reason = this.killReason ?? `ended (${exit.signal ?? `exit code ${exit.code}`})`;
    this.currentState = { phase: 'restarting', reason };
    this.restartCount++;
    for (const [id, { scheduled, submissions }] of this.pending) {
      if (scheduled || submissions >= MAX_SUBMISSIONS) {
        this.settle(id)!.fail(engineLost(this.options.name, reason));
      }
    }
    this.scheduleRestart();
  }

  /** At once after a process that ran well, else after a pause that doubles. */
  private scheduleRestart(): void {
    const stable = performance.now() - this.startedAt > STABLE_AFTER_MS;
    const delay = stable ? 0 : this.restartDelayMs;
    this.restartDelayMs = stable ? 0 : Math.min(Math.max(delay * 2, RESTART_DELAY_MS.first), RESTART_DELAY_MS.max);
    this.restartTimer = setTimeout(() => this.spawn(), delay);
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
    if (now - this.lastSeenAt > limitMs) {
      this.killReason = `hung (no sign of life for ${limitMs} ms)`;
      this.process.kill();
    } else this.process.send({ type: 'ping' });
  }

  private settle(id: string): GenerationChannel<GenerationEvent> | undefined {
    const channel = this.pending.get(id)?.channel;
    this.pending.delete(id);
    return channel;
  }

  private failAll(error: AppError): void {
    for (const id of this.pending.keys()) this.settle(id)!.fail(error);
  }
}
