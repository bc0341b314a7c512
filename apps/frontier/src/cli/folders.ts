import { homedir } from 'node:os';
import { join } from 'node:path';

type Variables = Readonly<Record<string, string | undefined>>;

/** A folder for what can be made again. */
export function cacheFolder(env: Variables, name: string): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'frontier', name);
}

/** A folder for what should outlive a run. */
export function dataFolder(env: Variables, name: string): string {
  return join(env.XDG_DATA_HOME || join(homedir(), '.local/share'), 'frontier', name);
}
