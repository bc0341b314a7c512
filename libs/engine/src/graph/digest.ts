import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const BUFFER_BYTES = 4 * 2 ** 20;

/** The SHA-256 of other digests and of settings that can be written as JSON, in hexadecimal. */
export function digest(parts: readonly string[], settings?: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([parts, settings]))
    .digest('hex');
}

/** The SHA-256 of a file, in hexadecimal. */
export function fileDigest(path: string): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(BUFFER_BYTES);
  const fd = openSync(path, 'r');
  try {
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
