import { AppError, shuttingDown } from '@frontier/errors';
import type { EngineState } from '../channels/engine-channels.js';
import type { ModelEngineFactory, ModelEngineOptions } from '../engine/model-engine.js';
import { modelUnavailable } from '../generation/batching.errors.js';
import type { MemoryBudget } from './memory-budget.js';
import { ResidentEngine } from './resident-engine.js';
import { startEngine } from './start-engine.js';

/** Processes that may end by themselves before a model that is loaded on demand is ready; the next requests try again, later. */
const MAX_CRASHES = 2;

interface EnginePlaceOptions {
  /** Whether its engine never has to make room. */
  isKept: boolean;
  createEngine: ModelEngineFactory;
  budget: MemoryBudget;
  /** The engine that serves has another state, or another engine has taken its place. */
  onState: (state: EngineState) => void;
  /** An engine that was there has failed. */
  onFailed: (error: AppError) => void;
  /** Something comes or leaves. */
  onChange: () => void;
  /** The place is empty. */
  onLeft: () => void;
  /** The last request has let go of an engine. */
  onReleased: () => void;
}

/** The engines of one model: one that serves, one on its way, and those that still end what they compute. */
export class EnginePlace {
  /** Serves, or is on its way to an empty place. */
  private current: ResidentEngine | undefined;
  private coming: ResidentEngine | undefined;
  private readonly leaving = new Set<ResidentEngine>();
  private isStopped = false;

  constructor(private readonly options: EnginePlaceOptions) {}

  get resident(): ResidentEngine | undefined {
    return this.current;
  }

  get arriving(): ResidentEngine | undefined {
    return this.coming;
  }

  /**
   * Brings an engine to the place, and settles when it is ready. The one that serves there leaves then.
   * @param isWanted whether anybody waits for it
   * @throws the reason why it cannot be loaded; what serves, serves on
   */
  async bring(model: ModelEngineOptions, isWanted: () => boolean): Promise<void> {
    if (this.isStopped) throw shuttingDown();
    const { isKept, onReleased, onChange, ...options } = this.options;
    const old = this.current?.isHere ? this.current : undefined;
    const next = new ResidentEngine({ isKept, onIdle: onReleased });
    this.coming = next;
    onChange();
    try {
      await startEngine(model, next, {
        ...options,
        isWanted,
        replaces: old,
        leave: () => this.leave(next),
        // Where nothing serves, those who ask see how far it is.
        onAdmitted: () => (this.current = old?.isHere ? old : next),
        onState: (state) => this.onState(model.name, next, state),
      });
    } catch (error) {
      await this.discard(next);
      throw error;
    } finally {
      this.coming = undefined;
      onChange();
    }
    next.isUnwanted = !isWanted();
    if (this.current === next) return;
    this.current = next;
    this.options.onState(next.engine!.state);
    if (old) void this.leave(old);
  }

  /** Lets the engine that serves go, when the requests that it computes have ended. */
  async clear(): Promise<void> {
    if (this.current) await this.leave(this.current);
  }

  /** Ends what is on its way. */
  abandon(reason: AppError): void {
    this.coming?.giveUp(reason);
    void this.coming?.engine?.stop();
  }

  /** Ends all of them at once, and what they compute; nothing comes any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.abandon(shuttingDown());
    const all = [this.coming, this.current, ...this.leaving];
    await Promise.all(all.map((resident) => resident?.engine?.stop()));
  }

  private async leave(resident: ResidentEngine): Promise<void> {
    const left = resident.leave();
    this.leaving.add(resident);
    this.options.onChange();
    await left;
    this.leaving.delete(resident);
    this.options.budget.leave(resident);
    if (this.current !== resident) return;
    this.current = undefined;
    this.options.onLeft();
  }

  /** Ends one that could not be loaded. One that has failed has ended, and stays to say why. */
  private async discard(resident: ResidentEngine): Promise<void> {
    if (resident.isHere) {
      if (this.current === resident) this.current = undefined;
      await resident.engine?.stop();
    }
    this.options.budget.leave(resident);
  }

  private onState(name: string, resident: ResidentEngine, state: EngineState): void {
    resident.note(state);
    if (state.phase === 'failed') {
      this.options.budget.leave(resident);
      if (this.coming !== resident) this.options.onFailed(AppError.deserialize(state.error));
    }
    if (state.phase === 'restarting' && !this.options.isKept && resident.crashes >= MAX_CRASHES) {
      resident.giveUp(modelUnavailable(name, `its engine ${state.reason}`));
    }
    if (resident === this.current && !resident.isLeaving) this.options.onState(state);
  }
}
