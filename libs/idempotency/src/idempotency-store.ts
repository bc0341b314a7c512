/** What is known of an idempotency key. */
export type IdempotencyEntry =
  { state: 'running'; fingerprint: string } | { state: 'done'; fingerprint: string; response: string };

/**
 * Where idempotency keys are kept. Bind another one with `IdempotencyModule.forRoot({ store })`. A response is any text.
 */
export interface IdempotencyStore {
  /**
   * Claims a key, in one atomic step.
   * @returns `undefined` if it is the caller's now, else what is known of it
   */
  claim(key: string, fingerprint: string, ttlMs: number): Promise<IdempotencyEntry | undefined>;
  /** Keeps the response of a key that was claimed. */
  complete(key: string, fingerprint: string, response: string, ttlMs: number): Promise<void>;
  /** Gives a claimed key back: the same request may run again. */
  release(key: string): Promise<void>;
}

export const IdempotencyStore = Symbol('IdempotencyStore');
