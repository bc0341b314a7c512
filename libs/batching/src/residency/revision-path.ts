import { realpathSync } from 'node:fs';

/**
 * The path of the files that a path leads to now. An engine keeps to it when a link is made to lead elsewhere, also for processes that it
 * starts later.
 */
export function revisionPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Of a hub, or not there: the loader says so.
    return path;
  }
}
