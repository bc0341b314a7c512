import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { idempotencyKeyInUse, idempotencyKeyReused } from './idempotency.errors.js';
import { MODULE_OPTIONS_TOKEN } from './idempotency.module-definition.js';
import { DEFAULT_IDEMPOTENCY_OPTIONS, type IdempotencyModuleOptions } from './idempotency.options.js';
import { type IdempotencyEntry, IdempotencyStore } from './idempotency-store.js';

/** What a key means for a request: it is the first one and must run, or its answer is known. */
export type Claim = { kind: 'first'; run: IdempotentRun } | { kind: 'repeated'; response: string };

/** The first request of a key. Exactly one method must be called when it has ended. */
export interface IdempotentRun {
  /** Its answer is what repeated requests get. */
  complete(response: string): Promise<void>;
  /** It has no answer to keep: a repeated request runs. */
  release(): Promise<void>;
}

/** Lets a request that is sent several times with one key run once. */
@Injectable()
export class IdempotencyService {
  private readonly ttlMs: number;
  private readonly claimMs: number;

  constructor(
    @Inject(MODULE_OPTIONS_TOKEN) options: IdempotencyModuleOptions,
    @Inject(IdempotencyStore) private readonly store: IdempotencyStore,
  ) {
    this.ttlMs = options.ttlMs ?? DEFAULT_IDEMPOTENCY_OPTIONS.ttlMs;
    this.claimMs = options.claimMs ?? DEFAULT_IDEMPOTENCY_OPTIONS.claimMs;
  }

  /**
   * @param key the caller's key, with the caller's name
   * @param fingerprint tells requests apart: another one with the same key is refused
   * @throws `idempotency_key_in_use`, `idempotency_key_reused`
   */
  async claim(key: string, fingerprint: string): Promise<Claim> {
    const claim = { fingerprint, owner: randomUUID() };
    const known = await this.store.claim(key, claim, this.claimMs);
    if (!known) return { kind: 'first', run: this.run(key, claim) };
    if (known.fingerprint !== fingerprint) throw idempotencyKeyReused();
    if (known.response === undefined) throw idempotencyKeyInUse();
    return { kind: 'repeated', response: known.response };
  }

  private run(key: string, claim: IdempotencyEntry): IdempotentRun {
    return {
      complete: (response) => this.store.complete(key, { ...claim, response }, this.ttlMs),
      release: () => this.store.release(key, claim.owner),
    };
  }
}
