import type { GenerationEvent } from '@frontier/batching';
import type { CacheStore } from '@frontier/caching';
import type { RequestIdentity } from './request-identity.js';

interface StoredAnswer {
  canonical: string;
  storedAt: number;
  events: readonly GenerationEvent[];
}

/** Keeps whole answers, piece by piece as they were streamed. */
export class AnswerCache {
  constructor(
    private readonly store: CacheStore,
    private readonly ttlMs: number,
  ) {}

  /** The answer to the same request, if it is not older than `maxAgeMs`. */
  async get({ key, canonical }: RequestIdentity, maxAgeMs = Infinity): Promise<readonly GenerationEvent[] | undefined> {
    const stored = await this.store.get<StoredAnswer>(key);
    if (stored?.canonical !== canonical) return undefined;
    return Date.now() - stored.storedAt <= maxAgeMs ? stored.events : undefined;
  }

  async clear(): Promise<void> {
    await this.store.clear();
  }

  async set({ key, canonical }: RequestIdentity, events: readonly GenerationEvent[]): Promise<void> {
    const stored: StoredAnswer = { canonical, storedAt: Date.now(), events: events.map(withoutDurations) };
    await this.store.set(key, stored, this.ttlMs);
  }
}

/** How long it took to compute says nothing about an answer that is read. */
function withoutDurations(event: GenerationEvent): GenerationEvent {
  const finished = event.finished && { ...event.finished, durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 } };
  return { ...event, started: undefined, finished };
}
