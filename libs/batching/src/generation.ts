import type { SequenceOutput, Usage } from '@frontier/engine';
import { deadlineExceeded, requestAborted } from './batching.errors.js';

/** A piece of one request's answer. */
export type GenerationEvent = Omit<SequenceOutput, 'id' | 'error'>;

/** How a generation ended. */
export type GenerationEnd =
  | { kind: 'finished'; events: readonly GenerationEvent[] }
  | { kind: 'failed'; error: unknown }
  /** Nobody waits for it any longer. `hasStalled`: the last one had waited in vain for its next piece, for long. */
  | { kind: 'abandoned'; hasStalled: boolean };

/** Where a generation is: it waits, its prompt is read, its answers are written. */
export type GenerationPhase = 'queued' | 'prefill' | 'decode';

/** How long those who follow a generation wait at most, each from when they came. */
export interface GenerationLimits {
  /** For a pass to work on it: then `queue_timeout`. */
  queueTimeoutMs: number;
  /** For its end: then `deadline_exceeded`. */
  runTimeoutMs: number;
}

/** Without a new piece for this share of the time that a run may take, it has stalled. */
const STALLED_SHARE = 0.5;

/**
 * One request that an engine works on, and its answer so far. Any number of callers may follow it, from its beginning,
 * at any time; when the last one leaves, it ends.
 */
export class Generation {
  private readonly listeners: ((end: GenerationEnd) => void)[] = [];
  private readonly events: GenerationEvent[] = [];
  private readonly wakers = new Set<() => void>();
  private end: GenerationEnd | undefined;
  private subscribers = 0;
  private waiting = true;
  private readonly computed: Usage = { promptTokens: 0, completionTokens: 0 };
  private readonly left = Promise.withResolvers<void>();
  private progressAt = performance.now();

  constructor(
    private readonly limits: GenerationLimits,
    /** Makes the error of one that waited too long. */
    private readonly queueTimeout: () => Error,
  ) {}

  /** Whether no pass has worked on it. */
  get isWaiting(): boolean {
    return this.waiting;
  }

  /** How far it is. */
  get phase(): GenerationPhase {
    if (this.waiting) return 'queued';
    return this.events.length === 0 ? 'prefill' : 'decode';
  }

  /**
   * Tokens that the engine has computed for it so far, of all its answers. Once nobody follows it any longer, all that it computed before it
   * stopped, which may be a pass more.
   */
  async usage(): Promise<Usage> {
    if (this.end?.kind === 'abandoned') await this.left.promise;
    return { ...this.computed };
  }

  /** Notes how many tokens of the prompt are computed. */
  notePrompt(tokens: number): void {
    this.computed.promptTokens = tokens;
  }

  /** Notes a token of an answer. */
  noteToken(): void {
    this.computed.completionTokens++;
  }

  /** The engine works on it no longer: no more is computed. */
  leave(): void {
    this.left.resolve();
  }

  /** Calls a listener when it ends, in the same turn; before anybody who follows it knows. */
  onEnd(listener: (end: GenerationEnd) => void): void {
    if (this.end) listener(this.end);
    else this.listeners.push(listener);
  }

  /** A pass works on it. */
  begin(): void {
    this.waiting = false;
    this.progressAt = performance.now();
  }

  push(event: GenerationEvent): void {
    if (this.end) return;
    this.events.push(event);
    this.progressAt = performance.now();
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
   * Follows it: its events, from the first one on. Ending the iteration, or aborting the signal, is leaving; one of both
   * must happen.
   * @throws from the iteration: what the generation failed with; `queue_timeout` or `deadline_exceeded` when the limits
   * or the signal (with a `TimeoutError`) say that it takes too long; `request_aborted`
   */
  subscribe(signal: AbortSignal): AsyncGenerator<GenerationEvent, void, undefined> {
    const { queueTimeoutMs, runTimeoutMs } = this.limits;
    let interruption: { error: unknown } | undefined;
    let following = true;
    this.subscribers++;
    const leave = (): void => {
      if (!following) return;
      following = false;
      clearTimeout(queueTimer);
      clearTimeout(runTimer);
      signal.removeEventListener('abort', onAbort);
      if (--this.subscribers === 0)
        this.settle({ kind: 'abandoned', hasStalled: interruption ? this.hasStalled() : false });
    };
    // At once: who does not wait any longer may never read on.
    const interrupt = (error: unknown): void => {
      interruption = { error };
      leave();
      this.wake();
    };
    const late = (): void => interrupt(this.waiting ? this.queueTimeout() : deadlineExceeded());
    const onAbort = (): void => {
      if (isTimeout(signal.reason)) late();
      else interrupt(requestAborted(signal.reason));
    };
    const queueTimer = setTimeout(() => this.waiting && late(), queueTimeoutMs);
    const runTimer = setTimeout(late, runTimeoutMs);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    return this.read(() => interruption, leave);
  }

  private async *read(
    interruption: () => { error: unknown } | undefined,
    leave: () => void,
  ): AsyncGenerator<GenerationEvent, void, undefined> {
    try {
      for (let next = 0; ;) {
        const interrupted = interruption();
        if (interrupted) throw interrupted.error;
        if (this.end?.kind === 'failed') throw this.end.error;
        if (next < this.events.length) yield this.events[next++];
        else if (this.end) return;
        else await new Promise<void>((resolve) => this.wakers.add(resolve));
      }
    } finally {
      leave();
    }
  }

  private hasStalled(): boolean {
    return !this.waiting && performance.now() - this.progressAt >= STALLED_SHARE * this.limits.runTimeoutMs;
  }

  private settle(end: GenerationEnd): void {
    if (this.end) return;
    this.end = end;
    for (const listener of this.listeners) listener(end);
    this.wake();
  }

  private wake(): void {
    for (const waker of this.wakers) waker();
    this.wakers.clear();
  }
}

function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
