import { setImmediate } from 'node:timers/promises';
import { deadlineExceeded, requestAborted } from './batching.errors.js';
import { isTimeout } from './deadline.js';
import type { GenerationEnd, GenerationEvent } from './generation-event.js';

/** Maximum times of a reader, from when it subscribed. */
export interface GenerationLimits {
  /** Until a step works on the generation: then `queue_timeout`. */
  queueTimeoutMs: number;
  /** Until its end: then `deadline_exceeded`. */
  runTimeoutMs: number;
}

/** Observer of a stream of events; called before the events' reader gets them. */
export interface GenerationObserver<E = GenerationEvent> {
  onEvent?(event: E): void;
  /** Called once, when nothing more is read: at the end, at an error, or when the reader has left. */
  onEnd?(): void;
}

/** The part of a generation that its readers use. */
export interface ReadableGeneration<E> {
  readonly limits: GenerationLimits;
  readonly events: readonly E[];
  readonly end: GenerationEnd<E> | undefined;
  /** Whether no step has worked on it. */
  readonly isWaiting: boolean;
  /** The error of a reader that waited too long for its turn. */
  queueTimeout(): Error;
  /** Calls back once, at the next event, error or end. */
  onChange(callback: () => void): void;
  /** A reader has left; `isLate` because it waits no longer. */
  onLeave(isLate: boolean): void;
}

/** Events that are there already, read in a row before other callers have a turn of the event loop. */
const EVENTS_PER_TURN = 256;

/**
 * Reads a generation from its first event on. Ending the iteration, or aborting the signal, is leaving; one of both must
 * happen.
 * @throws from the iteration: the error of the generation; `queue_timeout` or `deadline_exceeded` when a limit or the
 * signal (with a `TimeoutError`) says that it takes too long; `request_aborted`
 */
export class GenerationReader<E = GenerationEvent> implements AsyncIterableIterator<E, undefined, undefined> {
  private position = 0;
  private interruption: { error: unknown } | undefined;
  private isFollowing = true;
  private isDone = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly observers: GenerationObserver<E>[] = [];
  /** Ends a wait for the next change. */
  private wake = (): void => {};
  private readInARow = 0;

  constructor(
    private readonly generation: ReadableGeneration<E>,
    private readonly signal: AbortSignal,
    observer?: GenerationObserver<E>,
  ) {
    if (observer) this.observers.push(observer);
    signal.addEventListener('abort', this.onAbort);
    if (signal.aborted) this.onAbort();
    else this.startTimer(generation.limits);
  }

  /** Adds an observer of all events that are not read yet. */
  observe(observer: GenerationObserver<E>): void {
    this.observers.push(observer);
  }

  /**
   * The first event, which stays to be read.
   * @throws as the iteration does: before it there is no answer at all
   */
  async firstEvent(): Promise<E> {
    if (this.isReadable() || (await this.becomesReadable())) return this.generation.events[this.position];
    throw new Error('Bug: a generation ended without a result or an error.');
  }

  async next(): Promise<IteratorResult<E, undefined>> {
    if (++this.readInARow > EVENTS_PER_TURN) {
      this.readInARow = 0;
      await setImmediate();
    }
    if (!this.isReadable() && !(await this.becomesReadable())) return { done: true, value: undefined };
    const event = this.generation.events[this.position++];
    for (const observer of this.observers) observer.onEvent?.(event);
    return { done: false, value: event };
  }

  async return(): Promise<IteratorResult<E, undefined>> {
    this.isDone = true;
    this.leave();
    this.wake();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Whether there is an event to read now. Throws once, and leaves, when there is an error instead. */
  private isReadable(): boolean {
    if (this.isDone) return false;
    const { interruption } = this;
    const { end, events } = this.generation;
    const failure = interruption ?? (end?.kind === 'failed' ? end : undefined);
    if (!failure && this.position < events.length) return true;
    if (!failure && !end) return false;
    this.isDone = true;
    this.leave();
    if (failure) throw failure.error;
    return false;
  }

  private async becomesReadable(): Promise<boolean> {
    while (!this.isDone) {
      this.readInARow = 0;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        this.generation.onChange(resolve);
      });
      if (this.isReadable()) return true;
    }
    return false;
  }

  /** One timer for both limits: the nearer one first. */
  private startTimer({ queueTimeoutMs, runTimeoutMs }: GenerationLimits): void {
    const firstMs = Math.min(queueTimeoutMs, runTimeoutMs);
    this.timer = setTimeout(() => {
      if (this.generation.isWaiting || firstMs === runTimeoutMs) this.onLate();
      else this.timer = setTimeout(this.onLate, runTimeoutMs - firstMs);
    }, firstMs);
  }

  private readonly onLate = (): void => {
    const { generation } = this;
    this.interrupt(generation.isWaiting ? generation.queueTimeout() : deadlineExceeded());
  };

  private readonly onAbort = (): void => {
    if (isTimeout(this.signal)) this.onLate();
    else this.interrupt(requestAborted(this.signal.reason));
  };

  /** Leaves at once: a reader that waits no longer may never read on. */
  private interrupt(error: unknown): void {
    this.interruption = { error };
    this.leave();
    this.wake();
  }

  private leave(): void {
    if (!this.isFollowing) return;
    this.isFollowing = false;
    clearTimeout(this.timer);
    this.signal.removeEventListener('abort', this.onAbort);
    this.generation.onLeave(this.interruption !== undefined);
    for (const observer of this.observers) observer.onEnd?.();
  }
}
