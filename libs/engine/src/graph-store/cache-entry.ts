import { closeSync, fstatSync, openSync, readFileSync, readSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { FileFacts } from './file-facts.js';
import { GRAPH_FILES } from './graph-files.js';

/** The file of an entry that is written last; its time is that of the entry's last use. */
export const CHECKSUMS = 'checksums.json';
const BUFFER_BYTES = 2 ** 20;

/** Completes an entry whose graph is written. */
export function seal(folder: string): void {
  writeFileSync(join(folder, CHECKSUMS), checksums(folder, fileChecksum));
}

/**
 * True if an entry has the bytes that it was sealed with. The checksum is a CRC-32, which is read at 6 GB/s where a SHA-256 is at
 * 1.6: it finds files that were cut off, half written or damaged. Against somebody who may write to the cache none would help.
 * @param facts remembers the checksums of files that nobody has written to since
 */
export function isIntact(folder: string, facts: FileFacts): boolean {
  try {
    const checksumOf = (path: string): string => facts.of(path, 'crc32', fileChecksum);
    return readFileSync(join(folder, CHECKSUMS), 'utf8') === checksums(folder, checksumOf);
  } catch {
    return false;
  }
}

/** Notes that an entry is in use now. */
export function touch(folder: string): void {
  const now = new Date();
  try {
    utimesSync(join(folder, CHECKSUMS), now, now);
  } catch {
    // In a cache that cannot be written to, nothing is evicted either.
  }
}

function checksums(folder: string, checksumOf: (path: string) => string): string {
  return JSON.stringify(Object.values(GRAPH_FILES).map((name) => `${name} ${checksumOf(join(folder, name))}`));
}

function fileChecksum(path: string): string {
  const buffer = new Uint8Array(BUFFER_BYTES);
  const fd = openSync(path, 'r');
  try {
    let checksum = 0;
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) {
      checksum = crc32(buffer.subarray(0, read), checksum);
    }
    return `${fstatSync(fd).size} ${checksum.toString(16)}`;
  } finally {
    closeSync(fd);
  }
}
