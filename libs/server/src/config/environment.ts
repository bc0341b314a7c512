import { resolve } from 'node:path';
import { messageOf } from '@frontier/errors';
import { configInvalid } from './config.errors.js';
import type { Variable } from './variable.js';
import { type Environment, VARIABLES } from './variables.js';

/**
 * Reads the server's variables; an empty value counts as unset, as in a shell.
 * @param folder the server's own, which default paths are from; without it they stay relative
 * @throws `config_invalid` naming the first wrong variable, its value unless that is a secret, and what it may be
 */
export function readEnvironment(source: Readonly<Record<string, string | undefined>>, folder = ''): Environment {
  const entries = Object.entries<Variable<unknown>>(VARIABLES).map(([name, variable]) => {
    const raw = source[name];
    return [name, raw === undefined || raw === '' ? defaultOf(variable, folder) : read(name, variable, raw)];
  });
  return Object.fromEntries(entries) as Environment;
}

function defaultOf({ default: value, isOwnPath }: Variable<unknown>, folder: string): unknown {
  return isOwnPath && folder !== '' ? resolve(folder, value as string) : value;
}

function read(name: string, variable: Variable<unknown>, raw: string): unknown {
  try {
    return variable.parse(raw);
  } catch (error) {
    const value = variable.isSecret ? '' : `=${JSON.stringify(raw)}`;
    throw configInvalid(`${name}${value}: ${messageOf(error)}.`, error);
  }
}
