import type { OwnedKey } from '@frontier/resilience';

/** State of an idempotency key. */
export interface IdempotencyEntry {
  /** Identifies the request. */
  fingerprint: string;
  /** Id of the claim. */
  owner: string;
  /** The response, once there is one. */
  response?: string;
}

/**
 * Store of idempotency keys. Bind another one with `IdempotencyModule.forRoot({ store })`. Each call is one atomic
 * step. Completing and releasing touch a key only while it is the owner's, or nobody's. Callers share the room for responses; a
 * claim is kept whatever others do.
 */
export interface IdempotencyStore {
  /**
   * Claims a key.
   * @returns `undefined` if it is the owner's now, else its state
   */
  claim(key: OwnedKey, claim: IdempotencyEntry, ttlMs: number): Promise<IdempotencyEntry | undefined>;
  /** Keeps the response of a claimed key; where there is no room for it, gives the key back. */
  complete(key: OwnedKey, entry: Required<IdempotencyEntry>, ttlMs: number): Promise<void>;
  /** Gives a claimed key back: the same request may run again. */
  release(key: OwnedKey, owner: string): Promise<void>;
}

export const IdempotencyStore = Symbol('IdempotencyStore');
