import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { type EngineState, engineStateChannel } from './channels/engine-channels.js';
import { type ModelEngine, ModelEngineFactory, type ModelEngineOptions } from './engine/model-engine.js';
import { modelRemoved } from './generation/batching.errors.js';
import { createDeadline, type Deadline } from './generation/deadline.js';
import type { ModelTask } from './model/model-task.js';
import { HeldEngines } from './residency/held-engines.js';
import { MemoryBudget } from './residency/memory-budget.js';
import { ModelSlot } from './residency/model-slot.js';
import type { Residency, ResidencyReport } from './residency/residency.js';

/** Memory is compared with its limit so often. */
const ENFORCE_MS = 2000;

/** The engines of the app, one per model, in the memory that they may take together. */
@Injectable()
export class BatchingService implements BeforeApplicationShutdown {
  private readonly slots = new Map<string, ModelSlot>();
  /** Of models that are closed, and still compute requests. */
  private readonly closing = new Set<ModelSlot>();
  private readonly listeners = new Set<(model: string) => void>();
  private budget = new MemoryBudget(undefined);
  private timer: NodeJS.Timeout | undefined;

  constructor(@Inject(ModelEngineFactory) private readonly createEngine: ModelEngineFactory) {}

  /**
   * Limits the memory of all models together; to be called before the first one is opened. Those that are loaded on demand make room for
   * each other.
   */
  limitMemory(bytes: number): void {
    this.budget = new MemoryBudget(bytes);
    this.timer = setInterval(() => void this.budget.enforce(), ENFORCE_MS).unref();
  }

  /**
   * Makes a place for a model, and returns at once; one that stays in memory begins to load.
   * @param residency default: it stays
   * @throws where the app has a model of this name already
   */
  open(options: ModelEngineOptions, residency: Residency = { policy: 'keep' }): void {
    const { name } = options;
    if (this.slots.has(name)) {
      throw new Error(`The model "${name}" is configured twice in this app. Give each model a name of its own.`);
    }
    const slot = new ModelSlot(options, residency, {
      createEngine: (model) => this.createEngine(model),
      budget: this.budget,
      onChange: () => this.notify(name),
    });
    this.slots.set(name, slot);
    // Its state says why it is not there.
    if (residency.policy === 'keep') slot.load().catch(() => {});
  }

  /** Takes the place of a model away. Requests that it computes still end; then it leaves the memory. */
  async close(model: string): Promise<void> {
    const slot = this.slot(model);
    this.slots.delete(model);
    this.closing.add(slot);
    // Now, and not when it has left: by then another model may have its name.
    engineStateChannel.publish({ model, state: { phase: 'unloaded', isOnDemand: true } });
    this.notify(model);
    await slot.close();
    this.closing.delete(slot);
  }

  /** Whether a model has a place here. */
  has(model: string): boolean {
    return this.slots.has(model);
  }

  /** The engine of a model, for this request the one that it holds; one that refuses requests where none is loaded. */
  engine(model: string): ModelEngine {
    return HeldEngines.ofThisRequest?.get(model)?.engine ?? this.slot(model).engine;
  }

  /** The state of a model, whatever this request holds. */
  state(model: string): EngineState {
    return this.slot(model).engine.state;
  }

  /** The work of a model, once it was loaded for the first time. */
  task(model: string): ModelTask | undefined {
    return this.slot(model).task;
  }

  /** The residency of a model. */
  report(model: string): ResidencyReport {
    return this.slot(model).report;
  }

  /** Bytes of a model's processes, which are measured now; `null` where it is not loaded, or the system does not say. */
  memoryOf(model: string): number | null {
    return this.slot(model).memory;
  }

  /** Calls a function with the name of each model whose report has changed. */
  onChange(listener: (model: string) => void): void {
    this.listeners.add(listener);
  }

  /**
   * Runs work on a model's engine, which stays in memory until the work has ended; a model that is loaded on demand is waited for, for as long as
   * the deadline and the queue's time allow. Within the work of a request the engine is the same each time.
   * @param work is given an engine that refuses requests where the model could not be loaded
   */
  async using<T>(model: string, deadline: Deadline | undefined, work: (engine: ModelEngine) => Promise<T>): Promise<T> {
    const held = HeldEngines.ofThisRequest ?? new HeldEngines();
    return held.during(async () => {
      if (!this.holdNow(held, model)) await this.holdIn(held, model, deadline ?? createDeadline());
      return held.run(() => work(this.engine(model)));
    });
  }

  /**
   * Holds a model's engine for a request where that can be done at once.
   * @returns whether there is nothing to wait for: the engine is held, or there is none to be loaded
   */
  holdNow(held: HeldEngines, model: string): boolean {
    if (held.get(model)) return true;
    const slot = this.slot(model);
    const hold = slot.holdNow();
    if (hold) held.add(model, hold);
    return hold !== undefined || !slot.mayLoad;
  }

  /**
   * Holds a model's engine for a request, until that ends what it holds. Waits as {@link using} does.
   * @param caller of the request: callers share the places of those who wait
   */
  async holdIn(held: HeldEngines, model: string, deadline: Deadline, caller = ''): Promise<void> {
    const hold = await this.slot(model).hold(deadline, caller);
    if (hold) held.add(model, hold);
  }

  /**
   * Loads a model, unless it is there.
   * @throws the reason why it cannot be loaded
   */
  load(model: string): Promise<void> {
    return this.slot(model).load();
  }

  /**
   * Loads a model again, beside the one that serves until the new one is ready.
   * @throws the reason why it cannot be loaded; the old one serves on
   */
  replace(model: string): Promise<void> {
    return this.slot(model).replace();
  }

  /** Removes a model from memory, when the requests that it computes have ended. */
  unload(model: string): Promise<void> {
    return this.slot(model).unload();
  }

  /** Whether every engine process is watched. */
  get isSupervising(): boolean {
    return [...this.slots.values()].every(({ engine }) => engine.isSupervised);
  }

  /** Before the server closes its connections, so that callers get their errors. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all([...this.slots.values(), ...this.closing].map((slot) => slot.stop()));
  }

  private slot(model: string): ModelSlot {
    const slot = this.slots.get(model);
    // A request that names it began before it was closed.
    if (!slot) throw modelRemoved(model);
    return slot;
  }

  private notify(model: string): void {
    for (const listener of this.listeners) listener(model);
  }
}
