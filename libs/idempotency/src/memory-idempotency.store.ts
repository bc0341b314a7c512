import { type OwnedKey, SharedEntries } from '@frontier/resilience';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

interface HeldClaim {
  claim: IdempotencyEntry;
  expiresAt: number;
}

/** Keys of this process. Claims last as long as their requests; callers share a number of bytes for responses. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly claims = new Map<string, HeldClaim>();
  private readonly responses: SharedEntries<IdempotencyEntry>;

  constructor(maxBytes: number) {
    this.responses = new SharedEntries({ maxBytes });
  }

  async claim(key: OwnedKey, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    const known = this.responses.get(key) ?? this.claimOf(key);
    if (known) return known;
    this.dropExpiredClaims();
    this.claims.set(idOf(key), { claim, expiresAt: performance.now() + ttlMs });
    return undefined;
  }

  async complete(key: OwnedKey, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    if (!this.isFree(key, entry.owner)) return;
    this.claims.delete(idOf(key));
    this.responses.set(key, entry, { bytes: bytesOf(entry), ttlMs });
  }

  async release(key: OwnedKey, owner: string): Promise<void> {
    if (!this.isFree(key, owner)) return;
    this.claims.delete(idOf(key));
    this.responses.delete(key);
  }

  private isFree(key: OwnedKey, owner: string): boolean {
    const known = this.responses.get(key) ?? this.claimOf(key);
    return known === undefined || known.owner === owner;
  }

  private claimOf(key: OwnedKey): IdempotencyEntry | undefined {
    const held = this.claims.get(idOf(key));
    return held && held.expiresAt > performance.now() ? held.claim : undefined;
  }

  /** Removes claims of requests that never ended. The oldest ones come first, and all are held equally long. */
  private dropExpiredClaims(): void {
    const now = performance.now();
    for (const [id, { expiresAt }] of this.claims) {
      if (expiresAt > now) return;
      this.claims.delete(id);
    }
  }
}

/** Bytes of an entry beside its response. */
const ENTRY_BYTES = 512;

/** Approximate bytes of an entry in memory. */
export function bytesOf({ response = '' }: IdempotencyEntry): number {
  return ENTRY_BYTES + 2 * response.length;
}

function idOf({ caller, key }: OwnedKey): string {
  return JSON.stringify([caller, key]);
}
