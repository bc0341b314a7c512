import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A folder, or the nearest one above it that exists. */
export function existingFolder(path: string): string {
  return existsSync(path) ? path : existingFolder(dirname(path));
}

/** Free bytes of the disk that a folder is, or would be, on. */
export async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(existingFolder(path));
  return bavail * bsize;
}
