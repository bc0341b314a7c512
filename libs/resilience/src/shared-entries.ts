import { SharedBudget } from './shared-budget.js';

/** A key, and the caller that it belongs to. Equal keys of two callers are two keys. */
export interface OwnedKey {
  caller: string;
  key: string;
}

interface Entry<V> {
  value: V;
  bytes: number;
  expiresAt: number;
}

export interface SharedEntriesOptions {
  /** Bytes of all entries together. */
  maxBytes: number;
  /** Default: as many as have room. */
  maxEntries?: number;
}

/** Entries that have expired take room for so long at most where others need it. */
const PURGE_INTERVAL_MS = 10_000;

/**
 * Values of callers that share a capacity. Work-conserving: one caller alone may fill all of it. Where there is no room, a caller
 * that would exceed an equal share gives up its own entries, the least recently used first; for one that would not, the caller
 * that holds most does. So no caller loses an entry because of others while it holds no more than an equal share.
 */
export class SharedEntries<V> {
  private readonly bytes: SharedBudget;
  private readonly count: SharedBudget;
  private readonly byCaller = new Map<string, Map<string, Entry<V>>>();
  private purgedAt = 0;

  constructor({ maxBytes, maxEntries = Infinity }: SharedEntriesOptions) {
    this.bytes = new SharedBudget(maxBytes);
    this.count = new SharedBudget(maxEntries);
  }

  get size(): number {
    return this.count.used;
  }

  get usedBytes(): number {
    return this.bytes.used;
  }

  get({ caller, key }: OwnedKey): V | undefined {
    const own = this.byCaller.get(caller);
    const entry = own?.get(key);
    if (!own || !entry) return undefined;
    if (entry.expiresAt <= performance.now()) {
      this.remove(caller, key);
      return undefined;
    }
    // A Map keeps the order in which keys were added: the first one is the least recently used.
    own.delete(key);
    own.set(key, entry);
    return entry.value;
  }

  /** @returns whether there was room; if not, the key has no value */
  set({ caller, key }: OwnedKey, value: V, { bytes, ttlMs }: { bytes: number; ttlMs: number }): boolean {
    this.remove(caller, key);
    if (!this.makeRoom(this.bytes, caller, bytes) || !this.makeRoom(this.count, caller, 1)) return false;
    let own = this.byCaller.get(caller);
    if (!own) this.byCaller.set(caller, (own = new Map()));
    own.set(key, { value, bytes, expiresAt: performance.now() + ttlMs });
    this.bytes.add({ caller, amount: bytes });
    this.count.add({ caller, amount: 1 });
    return true;
  }

  delete({ caller, key }: OwnedKey): void {
    this.remove(caller, key);
  }

  clear(): void {
    for (const [caller, own] of this.byCaller) for (const key of own.keys()) this.remove(caller, key);
  }

  /** All keys with their values, caller by caller. Entries may be added and removed meanwhile. */
  *entries(): Generator<[key: OwnedKey, value: V]> {
    for (const [caller, own] of this.byCaller) {
      for (const [key, { value }] of own) yield [{ caller, key }, value];
    }
  }

  private makeRoom(budget: SharedBudget, caller: string, amount: number): boolean {
    const isFull = (): boolean => budget.used + amount > budget.capacity;
    if (isFull()) this.purge();
    const others = budget.used - budget.usedBy(caller);
    // All that the caller holds would not be enough.
    if (amount > budget.shareOf(caller) && others + amount > budget.capacity) return false;
    let victim = caller;
    while (isFull()) {
      const share = budget.shareOf(caller);
      if (budget.usedBy(caller) + amount > share) victim = caller;
      else if (victim === caller || budget.usedBy(victim) <= share) victim = this.largestHolder(budget);
      const [oldest] = this.byCaller.get(victim)?.keys() ?? [];
      if (oldest === undefined) return false;
      this.remove(victim, oldest);
    }
    return true;
  }

  private largestHolder(budget: SharedBudget): string {
    let largest = '';
    let most = -1;
    for (const caller of this.byCaller.keys()) {
      const used = budget.usedBy(caller);
      if (used > most) [largest, most] = [caller, used];
    }
    return largest;
  }

  private purge(): void {
    const now = performance.now();
    if (now - this.purgedAt < PURGE_INTERVAL_MS) return;
    this.purgedAt = now;
    for (const [caller, own] of this.byCaller) {
      for (const [key, { expiresAt }] of own) if (expiresAt <= now) this.remove(caller, key);
    }
  }

  private remove(caller: string, key: string): void {
    const own = this.byCaller.get(caller);
    const entry = own?.get(key);
    if (!own || !entry) return;
    own.delete(key);
    if (own.size === 0) this.byCaller.delete(caller);
    this.bytes.give({ caller, amount: entry.bytes });
    this.count.give({ caller, amount: 1 });
  }
}
