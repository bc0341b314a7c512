import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { digest, fileDigest } from '../graph/digest.js';

const FOLDER = 'digests';
/** A file that was changed so short a time ago may change again without a sign: clocks of file systems tick in milliseconds. */
const SETTLED_MS = 1000;
const MAX_AGE_MS = 90 * 86_400_000;

/** The digest of a file as it was at one time. */
interface KnownDigest {
  stamp: string;
  digest: string;
}

/**
 * SHA-256 digests of files that may be large, remembered in the folder of the graph cache: those of the weights are asked for at
 * each start. A digest holds while the file has the same place, size and times, and the system was not started anew, which could
 * have lost bytes that were not written yet. Where a digest cannot be remembered, it is computed each time.
 */
export class FileDigests {
  private readonly folder: string | undefined;

  /** @param cacheFolder without one, nothing is remembered */
  constructor(cacheFolder?: string) {
    this.folder = cacheFolder === undefined ? undefined : join(cacheFolder, FOLDER);
  }

  /** The SHA-256 of a file, in hexadecimal. */
  of(path: string): string {
    const stamp = stampOf(path);
    if (this.folder === undefined || stamp === undefined) return fileDigest(path);
    const place = join(this.folder, `${digest([resolve(path)])}.json`);
    const known = readKnown(place);
    if (known?.stamp === stamp) return known.digest;
    const computed = fileDigest(path);
    if (stampOf(path) === stamp) this.remember(place, { stamp, digest: computed });
    return computed;
  }

  private remember(place: string, known: KnownDigest): void {
    try {
      mkdirSync(this.folder!, { recursive: true });
      this.removeOld();
      // A rename, so that nobody reads half of it.
      const draft = `${place}.${randomUUID()}`;
      writeFileSync(draft, JSON.stringify(known));
      renameSync(draft, place);
    } catch {
      // The store of graphs tells that the folder cannot be written to.
    }
  }

  /** Files that were moved or deleted would be remembered for ever. */
  private removeOld(): void {
    for (const name of readdirSync(this.folder!)) {
      const path = join(this.folder!, name);
      const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - writtenAt > MAX_AGE_MS) rmSync(path, { force: true });
    }
  }
}

/** Differs once the file was written to; `undefined` where that cannot be told. */
function stampOf(path: string): string | undefined {
  const boot = bootId();
  if (boot === undefined) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  if (Date.now() - Number(ctimeNs / 1_000_000n) < SETTLED_MS) return undefined;
  return [boot, dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

/** Names this start of the system; `undefined` where it has no name (it has on Linux). */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

function readKnown(place: string): KnownDigest | undefined {
  try {
    const known = JSON.parse(readFileSync(place, 'utf8')) as Partial<KnownDigest>;
    const isWhole = typeof known.stamp === 'string' && /^[0-9a-f]{64}$/.test(known.digest ?? '');
    return isWhole ? (known as KnownDigest) : undefined;
  } catch {
    return undefined;
  }
}
