import type { CacheStore } from '@frontier/caching';
import type { OwnedKey } from '@frontier/resilience';

const MAX_VALUES = 1000;

/** A cache of the team; a real store would ask a server. The oldest values make room, whoever stored them. */
export class TeamCacheStore implements CacheStore {
  private readonly entries = new Map<string, { value: unknown; endsAt: number }>();

  get<T>({ caller, key }: OwnedKey): T | undefined {
    const entry = this.entries.get(JSON.stringify([caller, key]));
    return entry && entry.endsAt > Date.now() ? (entry.value as T) : undefined;
  }

  set({ caller, key }: OwnedKey, value: unknown, ttlMs: number): void {
    this.entries.set(JSON.stringify([caller, key]), { value, endsAt: Date.now() + ttlMs });
    if (this.entries.size > MAX_VALUES) this.entries.delete(this.entries.keys().next().value!);
  }

  clear(): void {
    this.entries.clear();
  }
}
