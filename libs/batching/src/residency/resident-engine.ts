import { setTimeout } from 'node:timers/promises';
import { AppError } from '@frontier/errors';
import type { EngineState } from '../channels/engine-channels.js';
import type { ModelEngine } from '../engine/model-engine.js';
import { residentBytes } from './process-memory.js';

/** The end of requests is looked for so often, while a model leaves. */
const DRAIN_POLL_MS = 10;
/** A model that was loaded and not used yet stays so long, whoever else wants its memory. */
const UNUSED_MS = 60_000;

/** Callers that take turns pause for so long at most between two requests. */
const PAUSE_MS = 100;

/** A hold on an engine, which stays in memory until the hold is released. */
export interface EngineHold {
  readonly engine: ModelEngine;
  /** Once, when nothing more is asked of the engine; what runs then still ends. */
  release(): void;
}

interface ResidentEngineOptions {
  isKept: boolean;
  /** The last request that used it has ended, as far as holds tell. */
  onIdle: () => void;
}

/** An engine in memory, or on its way there, and who uses it. */
export class ResidentEngine {
  /** Bytes that it will take, about; 0 where that is not known. */
  estimate = 0;
  isGivenUp = false;
  /** Nobody waits for it any more: it may leave at once. */
  isUnwanted = false;
  /** Its process ended so often before it was ready. */
  crashes = 0;
  readonly isKept: boolean;
  /** On the clock of `performance.now()`. */
  lastUsedAt = performance.now();
  private readonly startedAt = performance.now();
  private readyAt: number | undefined;
  /** Bytes that its processes took when it was ready. */
  private readyBytes = 0;
  private holds = 0;
  private isUsed = false;
  private created: ModelEngine | undefined;
  private departure: Promise<void> | undefined;
  private readonly arrival = Promise.withResolvers<void>();

  constructor(private readonly options: ResidentEngineOptions) {
    this.isKept = options.isKept;
    // Whoever does not wait for it need not know.
    this.arrival.promise.catch(() => {});
  }

  /** Creates the engine; its states are to be given to {@link note}. */
  start(create: () => ModelEngine): void {
    this.created = create();
    this.note(this.created.state);
  }

  /** `undefined` until it was started. */
  get engine(): ModelEngine | undefined {
    return this.created;
  }

  /** Settles when the engine is ready for the first time, or will not be. */
  get arrived(): Promise<void> {
    return this.arrival.promise;
  }

  /** Notes a state of the engine. */
  note(state: EngineState): void {
    if (state.phase === 'ready') {
      this.readyAt ??= performance.now();
      this.arrival.resolve();
    }
    if (state.phase === 'restarting' && this.readyAt === undefined) this.crashes++;
    if (state.phase === 'failed') this.arrival.reject(AppError.deserialize(state.error));
  }

  /** Ends the wait for an engine that is not wanted any more. */
  giveUp(reason: Error): void {
    this.isGivenUp = true;
    this.arrival.reject(reason);
  }

  get isLeaving(): boolean {
    return this.departure !== undefined;
  }

  /** Whether it is there to stay, or on its way. */
  get isHere(): boolean {
    return !this.isLeaving && this.created?.state.phase !== 'failed';
  }

  /** Whether requests may have it. One that always stays is asked in every state, and says itself which. */
  get isServing(): boolean {
    const phase = this.created?.state.phase;
    if (phase === undefined || this.isLeaving) return false;
    return this.isKept || phase === 'ready' || (phase === 'restarting' && this.readyAt !== undefined);
  }

  get isInUse(): boolean {
    return this.holds > 0 || (this.created?.unfinished ?? 0) > 0;
  }

  /** Bytes that it takes, or will take: also while its process is started again. */
  get bytes(): number {
    const measured = this.measuredBytes;
    if (this.created?.state.phase === 'ready' && measured > 0) return (this.readyBytes = measured);
    return Math.max(this.estimate, this.readyBytes, measured);
  }

  /** Bytes that its processes take now; 0 where the system does not say. */
  get measuredBytes(): number {
    return residentBytes(this.created?.pids ?? []);
  }

  /**
   * Whether it may have to make room: not while it is loaded, nor within a minute of that before it was used, nor, as long as requests come,
   * before it has served for as long as its load took. Else models that are wanted at once would do nothing but load.
   */
  get mayLeave(): boolean {
    if (this.isKept || this.isLeaving || this.readyAt === undefined) return false;
    if (this.isUnwanted && !this.isUsed) return true;
    const now = performance.now();
    if (this.isUsed && !this.isInUse && now - this.lastUsedAt >= PAUSE_MS) return true;
    return now - this.readyAt >= (this.isUsed ? this.readyAt - this.startedAt : UNUSED_MS);
  }

  hold(): EngineHold {
    this.holds++;
    this.isUsed = true;
    let isReleased = false;
    return {
      engine: this.created!,
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.lastUsedAt = performance.now();
        if (--this.holds === 0) this.options.onIdle();
      },
    };
  }

  /** Is held by no more requests, waits until none uses it, and ends its processes. */
  leave(): Promise<void> {
    return (this.departure ??= this.depart());
  }

  private async depart(): Promise<void> {
    while (this.isInUse) await setTimeout(DRAIN_POLL_MS);
    await this.created?.stop();
  }
}
