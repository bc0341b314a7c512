import { AppError, isAppError, messageOf, shuttingDown } from '@frontier/errors';
import { type EngineState, engineStateChannel } from '../channels/engine-channels.js';
import type { ModelEngine, ModelEngineFactory, ModelEngineOptions } from '../engine/model-engine.js';
import { loadAbandoned, modelUnavailable } from '../generation/batching.errors.js';
import { type Deadline, remainingMs } from '../generation/deadline.js';
import type { ModelTask } from '../model/model-task.js';
import { AbsentEngine } from './absent-engine.js';
import { IdleTimer } from './idle-timer.js';
import { LoadFailures } from './load-failures.js';
import type { MemoryBudget } from './memory-budget.js';
import type { Residency, ResidencyReport } from './residency.js';
import { type EngineHold, ResidentEngine } from './resident-engine.js';
import { Serial } from './serial.js';
import { startEngine } from './start-engine.js';
import { StatusClock } from './status-clock.js';
import { within } from './within.js';

interface ModelSlotOptions {
  createEngine: ModelEngineFactory;
  budget: MemoryBudget;
  /** Called at each change of the report. */
  onChange: () => void;
}

/** The place of one model: empty, or with its engine; with two for a moment, when one takes the place of another. */
export class ModelSlot {
  /** Serves, or is on its way to an empty place. */
  private resident: ResidentEngine | undefined;
  private arriving: ResidentEngine | undefined;
  /** Loads, replacements and removals, one after the other. */
  private readonly changes = new Serial();
  private loading: Promise<void> | undefined;
  /** Who waits for the model to be loaded. */
  private waiting = 0;
  private isStopped = false;
  private knownTask: ModelTask | undefined;
  private readonly clock = new StatusClock();
  private readonly idleTimer: IdleTimer;
  private readonly failures = new LoadFailures();
  private readonly absent: AbsentEngine;

  constructor(
    private model: ModelEngineOptions,
    private readonly residency: Residency,
    private readonly options: ModelSlotOptions,
  ) {
    this.absent = new AbsentEngine(model.name, this);
    this.idleTimer = new IdleTimer(residency.idleMs, () => this.onIdle());
  }

  /** The engine that serves; one that refuses all requests where there is none. */
  get engine(): ModelEngine {
    const { resident } = this;
    return resident?.engine && !resident.isLeaving ? resident.engine : this.absent;
  }

  /** The work of the model, once it was loaded for the first time. */
  get task(): ModelTask | undefined {
    return this.resident?.engine?.task ?? this.knownTask;
  }

  /** The state of the model while it has no engine. */
  get absence(): EngineState {
    if (this.isStopped) return { phase: 'stopped' };
    if (this.loading || this.arriving || this.resident?.isLeaving) return { phase: 'loading' };
    const { error } = this.failures;
    return error ? { phase: 'failed', error } : { phase: 'unloaded', isOnDemand: this.isOnDemand };
  }

  get report(): ResidencyReport {
    const { resident, idleTimer } = this;
    const { state } = this.engine;
    const { status, since } = this.clock;
    const isIdle = status === 'ready' && resident?.isInUse === false;
    return {
      status,
      policy: this.residency.policy,
      since,
      memory: resident?.measuredBytes || null,
      estimate: (resident ?? this.arriving)?.estimate || null,
      idleUnloadAt: isIdle ? idleTimer.endOf(resident.lastUsedAt) : null,
      progress: state.phase === 'loading' ? state.progress : undefined,
      failure: this.failures.report(this.isOnDemand),
    };
  }

  /** Holds the engine for a request, where there is one. */
  holdNow(): EngineHold | undefined {
    return this.resident?.isServing ? this.resident.hold() : undefined;
  }

  /**
   * Holds the engine for a request; loads the model where that is to be done on demand.
   * @returns `undefined` where there is no engine to hold before the deadline: {@link engine} says why
   */
  async hold(deadline: Deadline): Promise<EngineHold | undefined> {
    const { queue } = this.model;
    const giveUpAt = performance.now() + Math.min(queue.timeoutMs, remainingMs(deadline));
    for (;;) {
      const hold = this.holdNow();
      if (hold) return hold;
      const leftMs = giveUpAt - performance.now();
      const mayWait = this.waiting < queue.maxRequests && leftMs > 0 && !deadline.signal.aborted;
      if (!this.mayLoad || !mayWait) return undefined;
      if (!(await this.awaited(within(this.arrive(), leftMs, deadline.signal)))) return undefined;
    }
  }

  /**
   * Loads the model, unless it is there. The load is given up while it waits for memory, when nobody waits for it any more.
   * @throws the reason why it cannot be loaded
   */
  load(): Promise<void> {
    return this.awaited(this.arrive());
  }

  /**
   * Loads the model again beside the one that serves, which leaves when the new one is ready and its own requests have ended.
   * @param model where it is to be another one
   * @throws the reason why it cannot be loaded; the old one serves on
   */
  replace(model: ModelEngineOptions = this.model): Promise<void> {
    return this.awaited(this.changes.run(() => this.bring((this.model = model))));
  }

  /** Removes the model from memory, when the requests that it computes have ended. */
  unload(): Promise<void> {
    this.abandon(loadAbandoned(this.model.name));
    return this.changes.run(async () => {
      this.failures.forget();
      if (this.resident) await this.leave(this.resident);
      this.noteChange();
    });
  }

  /** Ends the model's processes at once; it is not loaded again. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.idleTimer.stop();
    this.abandon(shuttingDown());
    await Promise.all([this.arriving?.engine?.stop(), this.resident?.engine?.stop()]);
  }

  private get isOnDemand(): boolean {
    return this.residency.policy === 'on_demand';
  }

  /** Whether a request may load it now. */
  get mayLoad(): boolean {
    return this.isOnDemand && !this.isStopped && this.failures.mayTry;
  }

  private async awaited<T>(load: Promise<T>): Promise<T> {
    this.waiting++;
    return load.finally(() => this.waiting--);
  }

  private abandon(reason: AppError): void {
    this.arriving?.giveUp(reason);
    void this.arriving?.engine?.stop();
  }

  private arrive(): Promise<void> {
    const bring = async (): Promise<void> => {
      if (!this.resident?.isHere) await this.bring(this.model);
    };
    return (this.loading ??= this.changes.run(bring).finally(() => (this.loading = undefined)));
  }

  /** Brings an engine to the place. The one that serves there leaves when the new one is ready. */
  private async bring(model: ModelEngineOptions): Promise<void> {
    if (this.isStopped) throw shuttingDown();
    const { budget } = this.options;
    const old = this.resident?.isHere ? this.resident : undefined;
    const next = new ResidentEngine({ isKept: !this.isOnDemand, onIdle: () => this.idleTimer.restart() });
    this.arriving = next;
    this.noteChange();
    try {
      await startEngine(model, next, {
        ...this.options,
        isWanted: () => this.waiting > 0,
        leave: () => this.leave(next),
        // Where nothing serves, those who ask see how far it is.
        onAdmitted: () => (this.resident = old?.isHere ? old : next),
        onState: (state) => this.onState(next, state),
      });
    } catch (error) {
      budget.leave(next);
      // One that has failed has ended, and says why.
      if (next.isHere && this.resident === next) this.resident = undefined;
      if (next.isHere) void next.engine?.stop();
      this.onFailed(isAppError(error) ? error : modelUnavailable(model.name, messageOf(error)));
      throw error;
    } finally {
      this.arriving = undefined;
      this.noteChange();
    }
    this.failures.forget();
    this.knownTask = next.engine?.task ?? this.knownTask;
    if (this.resident !== next) {
      this.resident = next;
      this.publish(next.engine!.state);
      if (old) void this.leave(old);
    }
    this.idleTimer.restart();
  }

  private onState(resident: ResidentEngine, state: EngineState): void {
    resident.note(state);
    if (state.phase === 'failed') {
      this.options.budget.leave(resident);
      if (this.arriving !== resident) this.onFailed(AppError.deserialize(state.error));
    }
    if (resident === this.resident && !resident.isLeaving) this.publish(state);
  }

  private onFailed(error: AppError): void {
    if (error.code === 'shutting_down' || error.code === 'model_loading') return;
    this.failures.note(error);
    // An engine says so itself.
    if (!this.resident?.engine) this.publish({ phase: 'failed', error: error.serialize() });
  }

  private onIdle(): void {
    const { resident } = this;
    if (!resident || resident.isLeaving) return;
    if (resident.isInUse || resident === this.arriving) this.idleTimer.restart();
    else void this.leave(resident);
  }

  private async leave(resident: ResidentEngine): Promise<void> {
    const left = resident.leave();
    this.noteChange();
    await left;
    this.options.budget.leave(resident);
    if (this.resident !== resident) return;
    this.resident = undefined;
    this.publish(this.absence);
  }

  private publish(state: EngineState): void {
    engineStateChannel.publish({ model: this.model.name, state });
    this.noteChange();
  }

  private noteChange(): void {
    this.clock.note(this.engine.state, this.resident?.isLeaving ?? false);
    this.options.onChange();
  }
}
