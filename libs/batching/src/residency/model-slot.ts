import { isAppError, messageOf, type AppError } from '@frontier/errors';
import { SharedBudget } from '@frontier/resilience';
import { type EngineState, engineStateChannel } from '../channels/engine-channels.js';
import type { ModelEngine, ModelEngineFactory, ModelEngineOptions } from '../engine/model-engine.js';
import { loadAbandoned, modelRemoved, modelUnavailable } from '../generation/batching.errors.js';
import { type Deadline, remainingMs } from '../generation/deadline.js';
import type { ModelTask } from '../model/model-task.js';
import { AbsentEngine } from './absent-engine.js';
import { EnginePlace } from './engine-place.js';
import { IdleTimer } from './timing/idle-timer.js';
import { LoadFailures } from './load-failures.js';
import type { MemoryBudget } from './memory-budget.js';
import type { Residency, ResidencyReport } from './residency.js';
import type { EngineHold } from './resident-engine.js';
import { Serial } from './timing/serial.js';
import { StatusClock } from './status-clock.js';
import { within } from './timing/within.js';

interface ModelSlotOptions {
  createEngine: ModelEngineFactory;
  budget: MemoryBudget;
  /** Called at each change of the report. */
  onChange: () => void;
}

/** A model of the app: when it is loaded, for whom, and what is said of it while it is not there. */
export class ModelSlot {
  private readonly place: EnginePlace;
  /** Loads, replacements and removals, one after the other. */
  private readonly changes = new Serial();
  private loading: Promise<void> | undefined;
  /** Places of requests that wait for the model to be loaded. */
  private readonly waiting: SharedBudget;
  /** Operators who do. */
  private operators = 0;
  private end: 'stopped' | 'closed' | undefined;
  private knownTask: ModelTask | undefined;
  private readonly clock = new StatusClock();
  private readonly idleTimer: IdleTimer;
  private readonly failures = new LoadFailures();
  private readonly absent: AbsentEngine;

  constructor(
    private readonly model: ModelEngineOptions,
    private readonly residency: Residency,
    private readonly options: ModelSlotOptions,
  ) {
    const { createEngine, budget } = options;
    this.absent = new AbsentEngine(model.name, this);
    this.waiting = new SharedBudget(model.queue.maxRequests);
    this.idleTimer = new IdleTimer(residency.idleMs, () => this.onIdle());
    this.place = new EnginePlace({
      isKept: !this.isOnDemand,
      createEngine,
      budget,
      onState: (state) => this.publish(state),
      onFailed: (error) => this.failures.note(error),
      onChange: () => this.noteChange(),
      onLeft: () => this.publish(this.absence),
      onReleased: () => this.idleTimer.restart(),
    });
  }

  /** The engine that serves; one that refuses all requests where there is none. */
  get engine(): ModelEngine {
    const { resident } = this.place;
    return resident?.engine && !resident.isLeaving ? resident.engine : this.absent;
  }

  /** The work of the model, once it was loaded for the first time. */
  get task(): ModelTask | undefined {
    return this.place.resident?.engine?.task ?? this.knownTask;
  }

  /** The state of the model while it has no engine. */
  get absence(): EngineState {
    if (this.end === 'stopped') return { phase: 'stopped' };
    const isLeaving = this.place.resident?.isLeaving ?? false;
    if (this.loading || this.place.arriving || (isLeaving && this.isOnDemand)) return { phase: 'loading' };
    const { error } = this.failures;
    return error ? { phase: 'failed', error } : { phase: 'unloaded', isOnDemand: this.isOnDemand };
  }

  /** Bytes of its processes, measured now; `null` where it is not loaded, or the system does not say. */
  get memory(): number | null {
    return this.place.resident?.measuredBytes || null;
  }

  get report(): ResidencyReport {
    const { resident, arriving } = this.place;
    const { state } = this.engine;
    const { status, since } = this.clock;
    const isIdle = status === 'ready' && resident?.isInUse === false;
    return {
      status,
      policy: this.residency.policy,
      since,
      estimate: (resident ?? arriving)?.estimate || null,
      idleUnloadAt: isIdle ? this.idleTimer.endOf(resident.lastUsedAt) : null,
      progress: state.phase === 'loading' ? state.progress : undefined,
      failure: this.failures.report(this.isOnDemand),
    };
  }

  /** Whether a request may load it now. */
  get mayLoad(): boolean {
    return this.isOnDemand && !this.end && this.failures.mayTry;
  }

  /** Holds the engine for a request, where there is one. */
  holdNow(): EngineHold | undefined {
    const { resident } = this.place;
    return resident?.isServing && this.end !== 'closed' ? resident.hold() : undefined;
  }

  /**
   * Holds the engine for a request; loads the model where that is to be done on demand.
   * @param caller of the request: callers share the places of those who wait
   * @returns `undefined` where there is no engine to hold before the deadline: {@link engine} says why
   */
  async hold(deadline: Deadline, caller: string): Promise<EngineHold | undefined> {
    const place = { caller, amount: 1 };
    const giveUpAt = performance.now() + Math.min(this.model.queue.timeoutMs, remainingMs(deadline));
    for (;;) {
      const hold = this.holdNow();
      if (hold) return hold;
      const leftMs = giveUpAt - performance.now();
      if (!this.mayLoad || leftMs <= 0 || deadline.signal.aborted || !this.waiting.take(place)) return undefined;
      // One that was given up for another reason than a failure is begun anew.
      await within(this.arrive(), leftMs, deadline.signal);
      this.waiting.give(place);
    }
  }

  /**
   * Loads the model, unless it is there. The load is given up while it waits for memory, when nobody waits for it any more.
   * @throws the reason why it cannot be loaded
   */
  load(): Promise<void> {
    return this.operate(this.arrive());
  }

  /**
   * Loads the model again beside the one that serves, which leaves when the new one is ready and its own requests have ended.
   * @throws the reason why it cannot be loaded; the old one serves on
   */
  replace(): Promise<void> {
    return this.operate(this.changes.run(() => this.bring()));
  }

  /** Removes the model from memory, when the requests that it computes have ended. */
  unload(): Promise<void> {
    this.place.abandon(loadAbandoned(this.model.name));
    return this.changes.run(async () => {
      this.failures.forget();
      await this.place.clear();
      this.noteChange();
    });
  }

  /** Unloads the model for good. */
  close(): Promise<void> {
    this.end = 'closed';
    this.idleTimer.stop();
    return this.unload();
  }

  /** Ends the model's processes at once, for good. */
  async stop(): Promise<void> {
    this.end = 'stopped';
    this.idleTimer.stop();
    await this.place.stop();
  }

  private get isOnDemand(): boolean {
    return this.residency.policy === 'on_demand';
  }

  private async operate(load: Promise<void>): Promise<void> {
    this.operators++;
    return load.finally(() => this.operators--);
  }

  private arrive(): Promise<void> {
    const bring = async (): Promise<void> => {
      if (!this.place.resident?.isHere) await this.bring();
    };
    return (this.loading ??= this.changes.run(bring).finally(() => {
      this.loading = undefined;
      this.noteChange();
    }));
  }

  private async bring(): Promise<void> {
    const { model } = this;
    if (this.end === 'closed') throw modelRemoved(model.name);
    try {
      await this.place.bring(model, () => this.operators + this.waiting.used > 0);
    } catch (error) {
      this.onLoadFailed(isAppError(error) ? error : modelUnavailable(model.name, messageOf(error)));
      throw error;
    }
    this.failures.forget();
    this.knownTask = this.engine.task ?? this.knownTask;
    this.idleTimer.restart();
  }

  /** Notes why a load has failed, unless it was only given up. */
  private onLoadFailed(error: AppError): void {
    if (error.code === 'shutting_down' || error.code === 'model_loading') return;
    this.failures.note(error);
    // An engine says so itself.
    if (!this.place.resident?.engine) this.publish({ phase: 'failed', error: error.serialize() });
  }

  private onIdle(): void {
    const { resident, arriving } = this.place;
    if (!resident || resident.isLeaving) return;
    if (resident.isInUse || resident === arriving) this.idleTimer.restart();
    else void this.unload();
  }

  /** A model that is closed may have a successor of its name. */
  private publish(state: EngineState): void {
    if (this.end !== 'closed') engineStateChannel.publish({ model: this.model.name, state });
    this.noteChange();
  }

  private noteChange(): void {
    this.clock.note(this.engine.state, this.place.resident?.isLeaving ?? false);
    this.options.onChange();
  }
}
