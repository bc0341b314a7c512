import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { digest } from '../graph/digest.js';

/** The folder of the facts in that of the graph cache. */
export const FACTS = 'facts';
/** A file that was changed so short a time ago may change again without a sign: clocks of file systems tick in milliseconds. */
const SETTLED_MS = 1000;
const MAX_AGE_MS = 90 * 86_400_000;

/** A value that was computed from a file, with the state of the file at that time. */
interface Fact {
  stamp: string;
  value: string;
}

/**
 * What was computed from all bytes of files that may be large, remembered in the folder of the graph cache: each start asks for the
 * digest of the weights and the checksum of the graph. A fact holds while the file has the same place, size and times, and the system
 * was not started anew, which could have lost bytes that were not written yet. What cannot be remembered is computed each time.
 */
export class FileFacts {
  private readonly folder: string | undefined;

  /** @param cacheFolder without one, nothing is remembered */
  constructor(cacheFolder?: string) {
    this.folder = cacheFolder === undefined ? undefined : join(cacheFolder, FACTS);
  }

  /**
   * The value that `compute` has for a file.
   * @param kind names the computation
   */
  of(path: string, kind: string, compute: (path: string) => string): string {
    const stamp = stampOf(path);
    if (this.folder === undefined || stamp === undefined) return compute(path);
    const place = join(this.folder, `${digest([kind, resolve(path)])}.json`);
    const known = readFact(place);
    if (known?.stamp === stamp) return known.value;
    // Where the file is written to meanwhile, this stamp never comes again.
    const value = compute(path);
    this.remember(place, { stamp, value });
    return value;
  }

  private remember(place: string, fact: Fact): void {
    try {
      mkdirSync(this.folder!, { recursive: true });
      this.removeOld();
      // A rename, so that nobody reads half of it.
      const draft = `${place}.${randomUUID()}`;
      writeFileSync(draft, JSON.stringify(fact));
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

function readFact(place: string): Fact | undefined {
  try {
    const fact = JSON.parse(readFileSync(place, 'utf8')) as Partial<Fact>;
    return typeof fact.stamp === 'string' && typeof fact.value === 'string' ? (fact as Fact) : undefined;
  } catch {
    return undefined;
  }
}
