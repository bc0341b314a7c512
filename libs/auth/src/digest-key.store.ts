import { timingSafeEqual } from 'node:crypto';
import type { ApiKey } from './api-key.js';
import type { KeyStore } from './key-store.js';
import { tokenDigest } from './token-digest.js';

/**
 * Keys by the SHA-256 of their tokens. The time of a look-up tells something about digests only, which nobody can
 * choose; the one that is found is compared in constant time.
 */
export class DigestKeyStore implements KeyStore {
  private readonly byDigest: ReadonlyMap<string, { digest: Buffer; key: ApiKey }>;

  /** @param keys each with the digest of its token, in hexadecimal */
  constructor(keys: Iterable<readonly [digest: string, key: ApiKey]>) {
    this.byDigest = new Map([...keys].map(([digest, key]) => [digest, { digest: Buffer.from(digest), key }]));
  }

  find(token: string): ApiKey | undefined {
    const digest = tokenDigest(token);
    const found = this.byDigest.get(digest);
    return found && timingSafeEqual(found.digest, Buffer.from(digest)) ? found.key : undefined;
  }
}
