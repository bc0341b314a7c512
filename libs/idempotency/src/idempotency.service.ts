import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { OwnedKey } from '@frontier/resilience';
import { idempotencyKeyInUse, idempotencyKeyReused } from './idempotency.errors.js';
import { MODULE_OPTIONS_TOKEN } from './idempotency.module-definition.js';
import { DEFAULT_IDEMPOTENCY_OPTIONS, type IdempotencyModuleOptions } from './idempotency.options.js';
import { type IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

/** What a key means for a request: it is the first one and must run, or its answer is known. */
export type Claim = { kind: 'first'; run: IdempotentRun } | { kind: 'repeated'; response: string };

/** The first request of a key. Exactly one method must be called when it has ended. */
export interface IdempotentRun {
  /** Its answer is what repeated requests get; one of more than `maxAnswerBytes` is not kept, and a repeated request runs. */
  complete(response: string): Promise<void>;
  /** It has no answer to keep: a repeated request runs. */
  release(): Promise<void>;
}

/** Lets a request that is sent several times with one key run once. */
@Injectable()
export class IdempotencyService {
  /** The longest answer that is kept. */
  readonly maxAnswerBytes: number;
  private readonly ttlMs: number;
  private readonly claimMs: number;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) options: IdempotencyModuleOptions,
    @Inject(IdempotencyStore) private readonly store: IdempotencyStore,
  ) {
    const { ttlMs, claimMs, maxAnswerBytes } = DEFAULT_IDEMPOTENCY_OPTIONS;
    this.ttlMs = options.ttlMs ?? ttlMs;
    this.claimMs = options.claimMs ?? claimMs;
    this.maxAnswerBytes = options.maxAnswerBytes ?? maxAnswerBytes;
  }

  /**
   * @param key the caller, and its key
   * @param fingerprint tells requests apart: another one with the same key is refused
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
        Buffer.byteLength(response) > this.maxAnswerBytes
          ? release()
          : this.store.complete(key, { ...claim, response }, this.ttlMs),
      release,
    };
  }
}
