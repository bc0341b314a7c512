import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { OwnedKey } from '@frontier/resilience';
import { idempotencyKeyInUse, idempotencyKeyReused } from './idempotency.errors.js';
import { DEFAULT_IDEMPOTENCY_OPTIONS, IdempotencyModuleOptions } from './idempotency.options.js';
import { type IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

/** Result of claiming a key: the request is the first one and must run, or its response is known. */
export type Claim = { kind: 'first'; run: IdempotentRun } | { kind: 'repeated'; response: string };

/** The first request of a key. Exactly one method must be called when it has ended. */
export interface IdempotentRun {
  /** Keeps the response for repeated requests; one of more than `maxResponseBytes` is not kept, and a repeated request runs. */
  complete(response: string): Promise<void>;
  /** Keeps nothing: a repeated request runs. */
  release(): Promise<void>;
}

/** Runs a request once that is sent several times with one key. */
@Injectable()
export class IdempotencyService {
  /** Bytes of the longest response that is kept. */
  readonly maxResponseBytes: number;
  private readonly ttlMs: number;
  private readonly claimMs: number;

  constructor(
    @Inject(IdempotencyModuleOptions) options: IdempotencyModuleOptions,
    @Inject(IdempotencyStore) private readonly store: IdempotencyStore,
  ) {
    const { ttlMs, claimMs, maxResponseBytes } = DEFAULT_IDEMPOTENCY_OPTIONS;
    this.ttlMs = options.ttlMs ?? ttlMs;
    this.claimMs = options.claimMs ?? claimMs;
    this.maxResponseBytes = options.maxResponseBytes ?? maxResponseBytes;
  }

  /**
   * Claims a key for a request.
   * @param key the caller, and its key
   * @param fingerprint identifies the request: another one with the same key is refused
   * @throws `idempotency_key_in_use`, `idempotency_key_reused`
   */
  async claim(key: OwnedKey, fingerprint: string): Promise<Claim> {
    const claim = { fingerprint, owner: randomUUID() };
    const known = await this.store.claim(key, claim, this.claimMs);
    if (!known) return { kind: 'first', run: this.run(key, claim) };
    if (known.fingerprint !== fingerprint) throw idempotencyKeyReused();
    if (known.response === undefined) throw idempotencyKeyInUse();
    return { kind: 'repeated', response: known.response };
  }

  private run(key: OwnedKey, claim: IdempotencyEntry): IdempotentRun {
    const release = (): Promise<void> => this.store.release(key, claim.owner);
    return {
      complete: (response) =>
        Buffer.byteLength(response) > this.maxResponseBytes
          ? release()
          : this.store.complete(key, { ...claim, response }, this.ttlMs),
      release,
    };
  }
}
