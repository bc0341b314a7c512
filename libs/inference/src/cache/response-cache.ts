import { Logger } from '@nestjs/common';
import type { Generation } from '@frontier/batching';
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

/** The form of answers in the cache. */
export interface CacheEntries<E> {
  /** Whether an answer is small enough to be kept: stores measure entries by their JSON, which holds up the event loop. */
  isSmall(events: readonly E[]): boolean;
  /** An event as a value that can be written as JSON. */
  toJson(event: E): unknown;
  /** The event of such a value. */
  fromJson(json: unknown): E;
}

interface CachedResponse {
  canonical: string;
  keptAt: number;
  events: readonly unknown[];
}

/** Complete answers of requests whose answer is always the same. Without a store it is always empty. */
export class ResponseCache<E> {
  private readonly logger = new Logger('Cache');

  constructor(
    private readonly options: ResponseCacheOptions | undefined,
    private readonly entries: CacheEntries<E>,
  ) {}

  /** Whether answers are kept. */
  get isEnabled(): boolean {
    return this.options !== undefined;
  }

  /** The events of the answer to an equal request, if it is kept and not older than `maxAgeMs`. */
  async get(
    { key, canonical, principal: caller }: RequestIdentity,
    maxAgeMs = Infinity,
  ): Promise<readonly E[] | undefined> {
    try {
      const cached = await this.options?.store.get<CachedResponse>({ caller, key });
      if (cached?.canonical !== canonical || Date.now() - cached.keptAt > maxAgeMs) return undefined;
      return cached.events.map(this.entries.fromJson);
    } catch (error) {
      this.logger.warn(`An answer could not be read: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Keeps the answer of a generation if it ends well. */
  storeWhenFinished(identity: RequestIdentity, generation: Generation<E>): void {
    if (!this.options) return;
    generation.onEnd((end) => {
      if (end.kind === 'finished') void this.set(identity, end.events);
    });
  }

  async clear(): Promise<void> {
    await this.options?.store.clear();
  }

  /** Does not throw: an answer that could not be kept is valid all the same. */
  private async set({ key, canonical, principal: caller }: RequestIdentity, events: readonly E[]): Promise<void> {
    if (!this.entries.isSmall(events)) return;
    try {
      const cached: CachedResponse = { canonical, keptAt: Date.now(), events: events.map(this.entries.toJson) };
      await this.options?.store.set({ caller, key }, cached, this.options.ttlMs);
    } catch (error) {
      this.logger.warn(`An answer could not be kept: ${messageOf(error)}`);
    }
  }
}
