import type { GenerationEvent, GenerationObserver, GenerationReader } from '@frontier/batching';
import type { TokenLimitState } from '../tokens/token-limiter.js';
import type { CacheStatus } from './cache-status.js';

/** Properties of a {@link GenerationStream} that are known when it begins. */
export interface GenerationHead {
  /** The name of the model. */
  model: string;
  cache: CacheStatus;
  /** The state of the principal's token limit, where tokens were reserved. */
  tokenLimit?: TokenLimitState;
  /** Durations until the first token, where it was computed for this request. */
  started?: GenerationEvent['started'];
}

/**
 * A generation that has begun, as its events from the first one on; the last event of each answer has `finished`. It must be
 * read, or the deadline's signal aborted.
 */
export class GenerationStream implements AsyncIterable<GenerationEvent>, GenerationHead {
  readonly model: string;
  readonly cache: CacheStatus;
  readonly tokenLimit?: TokenLimitState;
  readonly started?: GenerationEvent['started'];

  /** @param source a generation's reader, or the events of a cached answer */
  constructor(
    head: GenerationHead,
    private readonly source: GenerationReader | CachedEvents,
  ) {
    this.model = head.model;
    this.cache = head.cache;
    this.tokenLimit = head.tokenLimit;
    this.started = head.started;
  }

  /** Adds an observer of all events that are read from now on. */
  observe(observer: GenerationObserver): void {
    this.source.observe(observer);
  }

  [Symbol.asyncIterator](): AsyncIterator<GenerationEvent, undefined, undefined> {
    return this.source;
  }

  /** Reads all events. */
  async forEach(onEvent: (event: GenerationEvent) => void): Promise<void> {
    // Cached events are there, and bounded: a promise for each would take more time than all else.
    if (this.source instanceof CachedEvents) this.source.forEach(onEvent);
    else for await (const event of this.source) onEvent(event);
  }
}

/** Replays the events of a cached answer. */
export class CachedEvents implements AsyncIterableIterator<GenerationEvent, undefined, undefined> {
  private position = 0;
  private readonly observers: GenerationObserver[] = [];

  constructor(private readonly events: readonly GenerationEvent[]) {}

  observe(observer: GenerationObserver): void {
    this.observers.push(observer);
  }

  forEach(onEvent: (event: GenerationEvent) => void): void {
    for (let event = this.take(); event; event = this.take()) onEvent(event);
  }

  async next(): Promise<IteratorResult<GenerationEvent, undefined>> {
    const value = this.take();
    return value ? { done: false, value } : { done: true, value };
  }

  async return(): Promise<IteratorResult<GenerationEvent, undefined>> {
    this.end();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private take(): GenerationEvent | undefined {
    const event = this.events.at(this.position);
    if (event) {
      this.position++;
      for (const observer of this.observers) observer.onEvent?.(event);
    } else this.end();
    return event;
  }

  private end(): void {
    this.position = this.events.length;
    for (const observer of this.observers.splice(0)) observer.onEnd?.();
  }
}
