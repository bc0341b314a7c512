import type { SequenceOutput } from '@frontier/engine';
import { deadlineExceeded, requestAborted } from './batching.errors.js';

/** A piece of one request's answer. */
export type GenerationEvent = Omit<SequenceOutput, 'id' | 'error'>;

/** How a generation ended. `abandoned`: nobody waited for it any longer. */
export type GenerationEnd =
  { kind: 'finished'; events: readonly GenerationEvent[] } | { kind: 'failed'; error: unknown } | { kind: 'abandoned' };

export interface GenerationLimits {
  /** It fails with `queue_timeout` when no pass has worked on it for this long. */
  queueTimeoutMs: number;
  /** It fails with `deadline_exceeded` when it has not ended after this long, waiting included. */
  runTimeoutMs: number;
}

interface GenerationHooks {
  /** The error of one that waited too long. */
  queueTimeout: () => Error;
  /** It has ended here, and must end in the engine: nobody waits for it, or it is late. */
  onCancelled: () => void;
}

/**
 * One request that an engine works on, and its answer so far. Any number of callers may follow it, from its beginning,
 * at any time; when the last one leaves, it is cancelled.
 */
export class Generation {
  private readonly listeners: ((end: GenerationEnd) => void)[] = [];
  private readonly startedAt = performance.now();
  private readonly events: GenerationEvent[] = [];
  private readonly wakers = new Set<() => void>();
  private end: GenerationEnd | undefined;
  private subscribers = 0;
  private waiting = true;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly limits: GenerationLimits,
    private readonly hooks: GenerationHooks,
  ) {
    const waitMs = Math.min(limits.queueTimeoutMs, limits.runTimeoutMs);
    this.timer = setTimeout(() => this.cancel({ kind: 'failed', error: hooks.queueTimeout() }), waitMs);
  }

  /** Whether no pass has worked on it. */
  get isWaiting(): boolean {
    return this.waiting;
  }

  /** Calls a listener when it ends, in the same turn; before anybody who follows it knows. */
  onEnd(listener: (end: GenerationEnd) => void): void {
    if (this.end) listener(this.end);
    else this.listeners.push(listener);
  }

  /** A pass works on it. */
  schedule(): void {
    this.waiting = false;
    clearTimeout(this.timer);
    const leftMs = this.limits.runTimeoutMs - (performance.now() - this.startedAt);
    this.timer = setTimeout(() => this.cancel({ kind: 'failed', error: deadlineExceeded() }), leftMs);
  }

  push(event: GenerationEvent): void {
    if (this.end) return;
    this.events.push(event);
    this.wake();
  }

  /** Its answers are complete. */
  finish(): void {
    this.settle({ kind: 'finished', events: this.events });
  }

  /** Everyone who follows it gets the error next, not what they have not read yet. */
  fail(error: unknown): void {
    this.settle({ kind: 'failed', error });
  }

  /**
   * Its events, from the first one on. Ending the iteration, or aborting the signal, is leaving.
   * @throws what the generation failed with; `request_aborted`, or for a signal that timed out `queue_timeout` or
   * `deadline_exceeded`
   */
  async *subscribe(signal: AbortSignal): AsyncGenerator<GenerationEvent, void, undefined> {
    let following = true;
    const leave = (): void => {
      if (!following) return;
      following = false;
      signal.removeEventListener('abort', onAbort);
      if (--this.subscribers === 0) this.cancel({ kind: 'abandoned' });
    };
    // At once: who has left may never read on.
    const onAbort = (): void => {
      leave();
      this.wake();
    };
    signal.addEventListener('abort', onAbort);
    this.subscribers++;
    try {
      for (let next = 0; ;) {
        if (signal.aborted) throw this.interruption(signal.reason);
        if (this.end?.kind === 'failed') throw this.end.error;
        if (this.end?.kind === 'abandoned') throw new Error('Bug: a generation was abandoned that somebody followed.');
        if (next < this.events.length) yield this.events[next++];
        else if (this.end) return;
        else await new Promise<void>((resolve) => this.wakers.add(resolve));
      }
    } finally {
      leave();
    }
  }

  private interruption(reason: unknown): unknown {
    if (!(reason instanceof DOMException && reason.name === 'TimeoutError')) return requestAborted(reason);
    return this.waiting ? this.hooks.queueTimeout() : deadlineExceeded();
  }

  private cancel(end: GenerationEnd): void {
    if (this.end) return;
    this.settle(end);
    this.hooks.onCancelled();
  }

  private settle(end: GenerationEnd): void {
    if (this.end) return;
    this.end = end;
    clearTimeout(this.timer);
    for (const listener of this.listeners) listener(end);
    this.wake();
  }

  private wake(): void {
    for (const waker of this.wakers) waker();
    this.wakers.clear();
  }
}
