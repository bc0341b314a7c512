import { hash } from 'node:crypto';

/** SHA-256 of a token, in hexadecimal: what is kept and compared in its place. */
export function tokenDigest(token: string): string {
  return hash('sha256', token);
}
