import type { Usage } from '@frontier/engine';
import type { GenerationEnd, GenerationEvent, GenerationPhase } from './generation-event.js';
import {
  type GenerationLimits,
  type GenerationObserver,
  GenerationReader,
  type ReadableGeneration,
} from './generation-reader.js';

/** Without a new piece for this share of the time that a run may take, a generation has stalled. */
const STALLED_SHARE = 0.5;

/**
 * One request that an engine works on, and its answer so far: texts, or what an encoder makes of its inputs. Any number of
 * readers may follow it, from its beginning, at any time; when the last one leaves, it ends.
 */
export class Generation<E = GenerationEvent> implements ReadableGeneration<E> {
  /** The answer so far. */
  readonly events: E[] = [];
  private readonly listeners: ((end: GenerationEnd<E>) => void)[] = [];
  private readonly wakers = new Set<() => void>();
  private currentEnd: GenerationEnd<E> | undefined;
  private readers = 0;
  private waiting = true;
  private readonly computed: Usage = { promptTokens: 0, completionTokens: 0 };
  private readonly left = Promise.withResolvers<void>();
  private progressAt = performance.now();

  constructor(
    readonly limits: GenerationLimits,
    readonly queueTimeout: () => Error,
  ) {}

  get end(): GenerationEnd<E> | undefined {
    return this.currentEnd;
  }

  /** Whether no step has worked on it. */
  get isWaiting(): boolean {
    return this.waiting;
  }

  get phase(): GenerationPhase {
    if (this.waiting) return 'queued';
    return this.events.length === 0 ? 'prefill' : 'decode';
  }

  /**
   * Tokens that the engine has computed for it so far, of all its answers. After its last reader has left: all that was
   * computed before the engine stopped, which may be a step more.
   */
  async usage(): Promise<Usage> {
    if (this.currentEnd?.kind === 'abandoned') await this.left.promise;
    return { ...this.computed };
  }

  /** Notes how many tokens of the prompt are computed. */
  notePrompt(tokens: number): void {
    this.computed.promptTokens = tokens;
  }

  /** Notes the tokens of a computed input. */
  noteInput(tokens: number): void {
    this.computed.promptTokens += tokens;
  }

  /** Notes a token of an answer. */
  noteToken(): void {
    this.computed.completionTokens++;
  }

  /** The engine works on it no longer: no more is computed. */
  leave(): void {
    this.left.resolve();
  }

  /** Calls a listener when it ends, in the same turn, and before its readers. */
  onEnd(listener: (end: GenerationEnd<E>) => void): void {
    if (this.currentEnd) listener(this.currentEnd);
    else this.listeners.push(listener);
  }

  /** A step works on it. */
  begin(): void {
    this.waiting = false;
    this.progressAt = performance.now();
  }

  push(event: E): void {
    if (this.currentEnd) return;
    this.events.push(event);
    this.progressAt = performance.now();
    this.wake();
  }

  /** Its answers are complete. */
  finish(): void {
    this.settle({ kind: 'finished', events: this.events });
  }

  /** Every reader gets the error next, in place of events that it has not read yet. */
  fail(error: unknown): void {
    this.settle({ kind: 'failed', error });
  }

  /**
   * Follows it from its first event on; the reader counts from now, before it reads.
   * @param signal ends the reading, with a `TimeoutError` as a limit does
   */
  subscribe(signal: AbortSignal, observer?: GenerationObserver<E>): GenerationReader<E> {
    this.readers++;
    return new GenerationReader(this, signal, observer);
  }

  /** Calls back once, at the next event, error or end. */
  onChange(callback: () => void): void {
    this.wakers.add(callback);
  }

  onLeave(isLate: boolean): void {
    if (--this.readers === 0) this.settle({ kind: 'abandoned', hasStalled: isLate && this.hasStalled() });
  }

  private hasStalled(): boolean {
    return !this.waiting && performance.now() - this.progressAt >= STALLED_SHARE * this.limits.runTimeoutMs;
  }

  private settle(end: GenerationEnd<E>): void {
    if (this.currentEnd) return;
    this.currentEnd = end;
    for (const listener of this.listeners) listener(end);
    this.wake();
  }

  private wake(): void {
    for (const waker of this.wakers) waker();
    this.wakers.clear();
  }
}
