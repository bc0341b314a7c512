import { randomUUID } from 'node:crypto';
import {
  type EngineEvent,
  type EngineProcessOptions,
  type GenerationRequest,
  isPermanentModelError,
  type ModelInfo,
  type StepReport,
} from '@frontier/engine';
import { AppError, messageOf, type SerializedAppError } from '@frontier/errors';
import { Admission, type QueueLimits } from './admission.js';
import { engineLost, modelLoading, modelUnavailable, queueTimeout, shuttingDown } from './batching.errors.js';
import { cancellationChannel } from './cancellation.js';
import { engineOutputChannel } from './engine-output.js';
import { EngineProcess, type EngineExit } from './engine-process.js';
import { type EngineState, engineStateChannel } from './engine-state.js';
import { engineIdleChannel, engineQueueChannel, engineStepChannel } from './engine-step.js';
import { Generation } from './generation.js';
import { PendingRequests } from './pending-requests.js';
import { type CostlyRequest, type RequestCost, RequestCostModel } from './request-cost.js';
import { RestartBackoff } from './restart-backoff.js';
import { WaitPrediction } from './wait-prediction.js';

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
 * Keeps one model's engine process alive and turns requests into {@link Generation}s. It kills a process that hangs and
 * starts another after any end; requests that a pass had worked on fail then, those that only waited are kept.
 */
export class EngineSupervisor {
  private process: EngineProcess | undefined;
  private currentState: EngineState = { phase: 'loading' };
  private readonly pending = new PendingRequests();
  private readonly costs = new RequestCostModel();
  private readonly wait: WaitPrediction;
  private readonly admission: Admission;
  private readonly backoff = new RestartBackoff();
  private readonly heartbeat: NodeJS.Timeout;
  private restartTimer: NodeJS.Timeout | undefined;
  private restartCount = 0;
  /** When the process became ready; `undefined` while it loads. */
  private readyAt: number | undefined;
  private lastSeenAt = 0;
  private lastBeatAt = 0;
  private lastHeartbeatAt = performance.now();
  /** Why the process was killed, if it was. */
  private killReason: string | undefined;
  private lastReport: StepReport | undefined;

  /** Starts the engine process; `state` tells when it is ready. */
  constructor(private readonly options: EngineSupervisorOptions) {
    this.wait = new WaitPrediction(options.engine.maxBatchSize);
    this.admission = new Admission(options.queue, this.pending, this.wait);
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

  /** Requests that have not ended, those that wait included. */
  get unfinished(): number {
    return this.pending.size;
  }

  /** Whether its process is watched: false only where this process itself has come to a stop. */
  get isSupervised(): boolean {
    const limitMs = MISSED_BEATS * (this.options.hangTimeoutMs / 4);
    return this.currentState.phase === 'stopped' || performance.now() - this.lastHeartbeatAt < limitMs;
  }

  /** The newest step of the engine. */
  get report(): StepReport | undefined {
    return this.lastReport;
  }

  /** What a request will probably cost. */
  predictCost(request: CostlyRequest): RequestCost {
    return this.costs.predict(request, this.info().defaults.maxNewTokens);
  }

  /**
   * Queues one request. It runs until it ends or nobody follows it; so it must be followed at once.
   * @param maxWaitMs how long its caller would wait for its turn
   * @throws `model_loading`, `model_unavailable`, `shutting_down`, `overloaded`; the generation fails with
   * `context_length_exceeded`, `engine_error` or `shutting_down`
   */
  start(request: Omit<GenerationRequest, 'id'>, maxWaitMs = Infinity): Generation {
    const { queue, requestTimeoutMs } = this.options;
    const cost = this.predictCost(request);
    const { priority = 'normal' } = request;
    this.admission.assertRoom(cost, priority, Math.min(maxWaitMs, queue.timeoutMs, requestTimeoutMs));
    const id = randomUUID();
    const submitted = { ...request, id, priority };
    const generation = new Generation({ queueTimeoutMs: queue.timeoutMs, runTimeoutMs: requestTimeoutMs }, () =>
      queueTimeout(this.admission.retryAfterMs(priority)),
    );
    // One that ends here before it has ended in the engine is one that nobody waits for.
    generation.onEnd(() => {
      if (!this.pending.remove(id)) return;
      this.process?.send({ type: 'cancel', id });
      this.publishQueue();
      cancellationChannel.publish({ model: this.options.name, phase: generation.phase });
    });
    this.pending.add({ request: submitted, generation, cost });
    this.process!.send({ type: 'submit', request: submitted });
    this.publishQueue();
    return generation;
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
    this.lastSeenAt = this.lastBeatAt = performance.now();
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
        for (const request of this.pending.resubmitted()) this.process!.send({ type: 'submit', request });
        this.publishQueue();
        break;
      case 'load_failed':
        this.onLoadFailed(event.error);
        break;
      case 'step':
        this.onStep(event.report);
        break;
      case 'idle':
        engineIdleChannel.publish({ model: this.options.name });
        break;
      case 'rejected':
        this.pending.fail(event.id, AppError.deserialize(event.error));
        break;
      case 'pong':
        break;
    }
  }

  private onStep(report: StepReport): void {
    this.lastReport = report;
    this.pending.addLostWaits(report);
    if (engineStepChannel.hasSubscribers) engineStepChannel.publish({ model: this.options.name, report });
    this.wait.learn(report);
    for (const { id, finished } of report.outputs) {
      const ended = finished && this.pending.get(id);
      if (ended) this.costs.learn(ended.request.prompt, ended.cost, finished.usage);
    }
    this.pending.take(report);
    if (report.scheduled.length > 0) this.publishQueue();
  }

  private publishQueue(): void {
    if (!engineQueueChannel.hasSubscribers) return;
    engineQueueChannel.publish({ model: this.options.name, waiting: this.waiting });
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
    this.publishQueue();
    const servedMs = this.readyAt === undefined ? 0 : performance.now() - this.readyAt;
    const delayMs = this.backoff.next(servedMs);
    this.restartTimer = setTimeout(() => this.spawn(), delayMs);
  }

  /** Pings the process, and kills it if it has been silent for too long although it was asked. */
  private beat(): void {
    this.lastHeartbeatAt = performance.now();
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
