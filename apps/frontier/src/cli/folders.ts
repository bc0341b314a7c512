import { homedir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from './command-error.js';
import type { Variables } from './context.js';
import { EXIT } from './exit-codes.js';

/** The folder for data that can be rebuilt. @throws where neither the variable nor the system names one */
export function cacheFolder(env: Variables, name: string): string {
  return join(env.XDG_CACHE_HOME || join(homeFolder('XDG_CACHE_HOME'), '.cache'), 'frontier', name);
}

/** The folder for persistent data. Throws as {@link cacheFolder}. */
export function dataFolder(env: Variables, name: string): string {
  return join(env.XDG_DATA_HOME || join(homeFolder('XDG_DATA_HOME'), '.local/share'), 'frontier', name);
}

function homeFolder(variable: string): string {
  try {
    const home = homedir();
    if (home !== '') return home;
  } catch {
    // The system knows none.
  }
  throw new CommandError('this user has no home folder.', {
    code: 'no_home',
    exitCode: EXIT.usage,
    hints: [['Instead', `HOME=<folder> frontier …, or ${variable}=<folder>`]],
  });
}
