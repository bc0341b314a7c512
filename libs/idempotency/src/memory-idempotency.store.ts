import { type OwnedKey, SharedEntries } from '@frontier/resilience';
import type { IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

interface HeldClaim {
  claim: IdempotencyEntry;
  expiresAt: number;
}

/** Keys of this process. Claims last as long as their requests; answers are those of callers that share so many bytes. */
export class MemoryIdempotencyStore implements IdempotencyStore {
  private readonly claims = new Map<string, HeldClaim>();
  private readonly answers: SharedEntries<IdempotencyEntry>;

  constructor(maxBytes: number) {
    this.answers = new SharedEntries({ maxBytes });
  }

  async claim(key: OwnedKey, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined> {
    const known = this.answers.get(key) ?? this.claimOf(key);
    if (known) return known;
    this.dropExpiredClaims();
    this.claims.set(idOf(key), { claim, expiresAt: performance.now() + ttlMs });
    return undefined;
  }

  async complete(key: OwnedKey, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void> {
    if (!this.isFree(key, entry.owner)) return;
    this.claims.delete(idOf(key));
    this.answers.set(key, entry, { bytes: bytesOf(entry), ttlMs });
  }

  async release(key: OwnedKey, owner: string): Promise<void> {
    if (!this.isFree(key, owner)) return;
    this.claims.delete(idOf(key));
    this.answers.delete(key);
  }

  private isFree(key: OwnedKey, owner: string): boolean {
    const known = this.answers.get(key) ?? this.claimOf(key);
    return known === undefined || known.owner === owner;
  }

  private claimOf(key: OwnedKey): IdempotencyEntry | undefined {
    const held = this.claims.get(idOf(key));
    return held && held.expiresAt > performance.now() ? held.claim : undefined;
  }

  /** A request that never tells its end leaves its claim. The oldest ones come first, and all are held equally long. */
  private dropExpiredClaims(): void {
    const now = performance.now();
    for (const [id, { expiresAt }] of this.claims) {
      if (expiresAt > now) return;
      this.claims.delete(id);
    }
  }
}

/** Bytes of an entry beside its answer. */
const ENTRY_BYTES = 512;

/** Bytes that an entry takes in memory, at most about. */
export function bytesOf({ response = '' }: IdempotencyEntry): number {
  return ENTRY_BYTES + 2 * response.length;
}

function idOf({ caller, key }: OwnedKey): string {
  return JSON.stringify([caller, key]);
}
