import { createHash, timingSafeEqual } from 'node:crypto';

/** The token of an `Authorization: Bearer` header (RFC 6750, section 2.1), or `undefined` where there is none. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1];
}

/** Compares two secrets in a time that depends on neither: their digests have one length. */
export function secretsEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
