import { createHash, randomUUID } from 'node:crypto';
import { constants, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { copyFile, open, rename, rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A part whose process cannot be checked is abandoned after so long without a write. */
const ABANDONED_AFTER_MS = 60_000;

/** The same for parts of other programs, whose processes are unknown. */
const FOREIGN_ABANDONED_AFTER_MS = 24 * 3600_000;

/** A name for this container since the machine's start: process ids of another realm mean nothing here. */
const REALM = createHash('sha256')
  .update([hostname(), textOf('/proc/sys/kernel/random/boot_id'), linkOf('/proc/self/ns/pid')].join(' '))
  .digest('hex')
  .slice(0, 12);

/** The parts that this process writes. */
const owned = new Set<string>();

/**
 * The part of a blob that is there already, for one owner at a time. The owner stands in its name (`<blob>.<realm>~<process>~<id>.part`), so
 * taking over is a rename: of several that try, one succeeds, and what an ended process has left needs no lock to be removed.
 */
export class PartFile {
  private constructor(
    private readonly blob: string,
    readonly path: string,
  ) {}

  /**
   * Makes the part of a blob one's own: the largest that has no owner, or a new one.
   * @param timeoutMs how long a living owner may be silent
   * @returns `undefined` while another process, or this one, downloads the blob
   */
  static async claim(blob: string, timeoutMs: number): Promise<PartFile | undefined> {
    const limitMs = Math.max(ABANDONED_AFTER_MS, 3 * timeoutMs);
    const found = partsOf(blob);
    if (found.some((part) => hasOwner(part, limitMs))) return undefined;
    const path = `${blob}.${REALM}~${process.pid}~${randomUUID().slice(0, 8)}.part`;
    owned.add(path);
    try {
      for (const part of found.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
        if (await takeOver(part, path)) return new PartFile(blob, path);
      }
      await (await open(path, 'wx')).close();
    } catch (error) {
      owned.delete(path);
      throw error;
    }
    const file = new PartFile(blob, path);
    // Of several processes that begin at once, one goes on.
    if (partsOf(blob).every((part) => part === path || part > path || !hasOwner(part, limitMs))) return file;
    await rm(path, { force: true });
    file.release();
    return undefined;
  }

  /** Makes the part the blob, and removes abandoned parts of it. */
  async becomeBlob(): Promise<void> {
    await rename(this.path, this.blob);
    for (const part of partsOf(this.blob)) if (!hasOwner(part, ABANDONED_AFTER_MS)) await rm(part, { force: true });
  }

  /** Gives the part up for the next owner. */
  release(): void {
    owned.delete(this.path);
  }
}

/** True for a part that a living process writes. */
export function isBeingWritten(path: string): boolean {
  return path.endsWith('.part') && hasOwner(path, ABANDONED_AFTER_MS);
}

/** True for a part of another program of the shared cache that may go on with it. */
export function isForeignPart(path: string): boolean {
  const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return path.endsWith('.incomplete') && age < FOREIGN_ABANDONED_AFTER_MS;
}

/** Bytes in the largest part of a blob. */
export function partBytes(blob: string): number {
  return Math.max(0, ...partsOf(blob).map(sizeOf));
}

/** Takes a part over; false where another process was faster. */
async function takeOver(part: string, path: string): Promise<boolean> {
  try {
    if (isOfEnded(part)) {
      await rename(part, path);
    } else {
      // Its writer may only have been stopped, and must not reach what becomes of the copy.
      const taken = path.replace(/part$/, 'taken.part');
      await rename(part, taken);
      await copyFile(taken, path, constants.COPYFILE_FICLONE);
      await rm(taken);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  // Others look at the time.
  await utimes(path, new Date(), new Date());
  return true;
}

function partsOf(blob: string): string[] {
  const folder = dirname(blob);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(blob)}.`) && name.endsWith('.part'))
    .map((name) => join(folder, name));
}

function hasOwner(part: string, limitMs: number): boolean {
  if (owned.has(part)) return true;
  const age = Date.now() - (statSync(part, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age < limitMs && !isOfEnded(part);
}

/** True where the writer of a part has ended for certain. */
function isOfEnded(part: string): boolean {
  const [realm, process_] = (/\.([^.]+)\.part$/.exec(part)?.[1] ?? '').split('~');
  const pid = Number(process_);
  return realm === REALM && (pid === process.pid || !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
