import { randomUUID } from 'node:crypto';
import { readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKSUMS } from './cache-entry.js';

/** Folders that are being written, or removed. */
export const DRAFT_PREFIX = '.draft-';
const MAX_DRAFT_AGE_MS = 3_600_000;
/** Entries are named by a SHA-256; whatever else lies there is not touched. */
const ENTRY = /^[0-9a-f]{64}$/;

/** An entry of a cache folder. */
interface Entry {
  path: string;
  bytes: number;
  usedAtMs: number;
}

/**
 * Removes entries, least recently used first, until all together take at most `maxBytes`, and drafts that a killed process left
 * behind. An entry vanishes as a whole, by a rename. A process that has it open keeps what it has mapped.
 * @param kept the key of an entry that stays, whatever it takes
 */
export function evictEntries(cacheFolder: string, maxBytes: number, kept: string): void {
  const names = readdirSync(cacheFolder);
  for (const name of names) if (name.startsWith(DRAFT_PREFIX)) removeOldDraft(join(cacheFolder, name));
  const entries = names.filter((name) => ENTRY.test(name)).map((name) => readEntry(join(cacheFolder, name)));
  let bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  for (const entry of entries.toSorted((a, b) => a.usedAtMs - b.usedAtMs)) {
    if (bytes <= maxBytes) return;
    if (entry.path === join(cacheFolder, kept)) continue;
    discard(cacheFolder, entry.path);
    bytes -= entry.bytes;
  }
}

/** Removes an entry at one instant; others may find it gone, but never in part. */
export function discard(cacheFolder: string, path: string): void {
  const doomed = join(cacheFolder, `${DRAFT_PREFIX}${randomUUID()}`);
  try {
    renameSync(path, doomed);
  } catch (error) {
    // Another process was faster.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  rmSync(doomed, { recursive: true, force: true });
}

/** One that is being removed by another process counts as empty. */
function readEntry(path: string): Entry {
  const entry: Entry = { path, bytes: 0, usedAtMs: 0 };
  try {
    for (const name of readdirSync(path)) entry.bytes += statSync(join(path, name)).size;
    entry.usedAtMs = statSync(join(path, CHECKSUMS)).mtimeMs;
  } catch {
    // It has no time of use then, and is the first to go.
  }
  return entry;
}

function removeOldDraft(path: string): void {
  const modifiedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  if (Date.now() - modifiedAt > MAX_DRAFT_AGE_MS) rmSync(path, { recursive: true, force: true });
}
