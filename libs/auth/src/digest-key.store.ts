import { timingSafeEqual } from 'node:crypto';
import { tokenDigest } from './bearer-token.js';
import type { KeyStore } from './key-store.js';
import type { Principal } from './principal.js';

/**
 * Principals by the SHA-256 of their tokens. The time of a look-up depends on the digest alone, which a caller cannot choose; the
 * digest that is found is compared in constant time.
 */
export class DigestKeyStore implements KeyStore {
  private readonly byDigest: ReadonlyMap<string, { digest: Buffer; principal: Principal }>;

  /** @param principals each with the digest of its token, in hexadecimal */
  constructor(principals: Iterable<readonly [digest: string, principal: Principal]>) {
    this.byDigest = new Map(
      [...principals].map(([digest, principal]) => [digest, { digest: Buffer.from(digest), principal }]),
    );
  }

  find(token: string): Principal | undefined {
    const digest = tokenDigest(token);
    const found = this.byDigest.get(digest);
    return found && timingSafeEqual(found.digest, Buffer.from(digest)) ? found.principal : undefined;
  }
}
