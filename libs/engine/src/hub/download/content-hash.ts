import { createHash, type Hash } from 'node:crypto';

/**
 * A hash that gives the name of a content: SHA-256 for names of 64 digits; for others the id of its Git blob, which is the SHA-1 of `blob <bytes>\0` and the
 * content (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects).
 */
export function contentHash(etag: string, bytes: number): Hash {
  return etag.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${bytes}\0`);
}
