import { Logger } from '@nestjs/common';
import type { Generation, GenerationEvent } from '@frontier/batching';
import { messageOf } from '@frontier/errors';
import type { RequestIdentity } from '../request/request-identity.js';

/** A key of the cache; the same key of two callers is two keys. */
export interface ResponseCacheKey {
  caller: string;
  key: string;
}

/** Store of complete answers; `CacheStore` of `@frontier/caching` is one. Values can be written as JSON. */
export interface ResponseCacheStore {
  get<T>(key: ResponseCacheKey): T | undefined | Promise<T | undefined>;
  set(key: ResponseCacheKey, value: unknown, ttlMs: number): void | Promise<void>;
  /** Removes everything. */
  clear(): void | Promise<void>;
}

export interface ResponseCacheOptions {
  store: ResponseCacheStore;
  ttlMs: number;
}

/** A larger answer is not kept: stores measure entries by their JSON, which would hold up the event loop. */
const MAX_ENTRIES = 10_000;

interface CachedResponse {
  canonical: string;
  keptAt: number;
  /** As they were streamed, piece by piece. */
  events: readonly GenerationEvent[];
}

/** Complete answers of greedy or seeded requests. Without a store it is always empty. */
export class ResponseCache {
  private readonly logger = new Logger('Cache');

  constructor(private readonly options: ResponseCacheOptions | undefined) {}

  /** Whether answers are kept. */
  get isEnabled(): boolean {
    return this.options !== undefined;
  }

  /** The events of the answer to an equal request, if it is kept and not older than `maxAgeMs`. */
  async get(
    { key, canonical, principal: caller }: RequestIdentity,
    maxAgeMs = Infinity,
  ): Promise<readonly GenerationEvent[] | undefined> {
    try {
      const cached = await this.options?.store.get<CachedResponse>({ caller, key });
      if (cached?.canonical !== canonical || Date.now() - cached.keptAt > maxAgeMs) return undefined;
      return cached.events;
    } catch (error) {
      this.logger.warn(`An answer could not be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Keeps the answer of a generation if it ends well. */
  storeWhenFinished(identity: RequestIdentity, generation: Generation): void {
    if (!this.options) return;
    generation.onEnd((end) => {
      if (end.kind === 'finished') void this.set(identity, end.events);
    });
  }

  async clear(): Promise<void> {
    await this.options?.store.clear();
  }

  /** Does not throw: an answer that could not be kept is valid all the same. */
  private async set(
    { key, canonical, principal: caller }: RequestIdentity,
    events: readonly GenerationEvent[],
  ): Promise<void> {
    if (entriesOf(events) > MAX_ENTRIES) return;
    try {
      const cached: CachedResponse = { canonical, keptAt: Date.now(), events: events.map(withoutDurations) };
      await this.options?.store.set({ caller, key }, cached, this.options.ttlMs);
    } catch (error) {
      this.logger.warn(`An answer could not be kept: ${messageOf(error)}`);
    }
  }
}

/** Pieces of an answer, and probabilities in them. */
function entriesOf(events: readonly GenerationEvent[]): number {
  return events.reduce((sum, { logprobs = [] }) => sum + 1 + logprobs.length * (1 + (logprobs[0]?.top.length ?? 0)), 0);
}

/** Durations of the computation do not hold for an answer that is read. */
function withoutDurations(event: GenerationEvent): GenerationEvent {
  const finished = event.finished && { ...event.finished, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } };
  const started = event.started && { ...event.started, queueMs: 0, prefillMs: 0 };
  return { ...event, started, finished };
}
