import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A part that nobody has written to for so long has no owner any more, whatever its name says. */
const ABANDONED_AFTER_MS = 60_000;

const HOST = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');

/** Parts that this process writes. */
const owned = new Set<string>();

/**
 * The part of a blob that is there already, for one owner at a time. The owner stands in its name (`<blob>.<host>~<process>~<id>.part`), so
 * taking over is a rename: of several that try, one succeeds, and what an ended process has left needs no lock to be removed.
 */
export class PartFile {
  private constructor(readonly path: string) {
    owned.add(path);
  }

  /**
   * Makes the part of a blob one's own: the largest that has no owner, or a new one.
   * @returns `undefined` while another process, or this one, downloads the blob
   */
  static async claim(blob: string): Promise<PartFile | undefined> {
    const found = partsOf(blob);
    if (found.some(hasOwner)) return undefined;
    const path = `${blob}.${HOST}~${process.pid}~${randomUUID().slice(0, 8)}.part`;
    for (const part of found.toSorted((a, b) => sizeOf(b) - sizeOf(a))) {
      if (!tryRename(part, path)) continue;
      const file = new PartFile(path);
      const handle = await open(path, 'r+');
      // Newly its owner's: others look at the time.
      await handle.utimes(new Date(), new Date()).finally(() => handle.close());
      return file;
    }
    await (await open(path, 'wx')).close();
    return new PartFile(path);
  }

  /** Leaves it to whoever comes next. */
  release(): void {
    owned.delete(this.path);
  }
}

/** Bytes of a blob that are there in the part that would be taken over. */
export function partBytes(blob: string): number {
  return Math.max(0, ...partsOf(blob).map(sizeOf));
}

function partsOf(blob: string): string[] {
  const folder = dirname(blob);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${basename(blob)}.`) && name.endsWith('.part'))
    .map((name) => join(folder, name));
}

function hasOwner(part: string): boolean {
  const [host, pid] = (/\.([^.]+)\.part$/.exec(part)?.[1] ?? '').split('~');
  if (host === HOST && Number(pid) === process.pid) return owned.has(part);
  const age = Date.now() - (statSync(part, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age < ABANDONED_AFTER_MS && (host !== HOST || isAlive(Number(pid)));
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

function tryRename(from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
