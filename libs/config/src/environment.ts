import { messageOf } from '@frontier/errors';
import { configInvalid } from './config.errors.js';
import type { Variable } from './variable.js';
import { type Environment, VARIABLES } from './variables.js';

/**
 * Reads the server's variables; an empty value counts as unset, as in a shell.
 * @throws `config_invalid` naming the first wrong variable, its value and what it may be
 */
export function readEnvironment(source: Readonly<Record<string, string | undefined>>): Environment {
  const entries = Object.entries(VARIABLES).map(([name, variable]) => [name, read(name, variable, source[name])]);
  return Object.fromEntries(entries) as Environment;
}

function read(name: string, variable: Variable<unknown>, raw: string | undefined): unknown {
  if (raw === undefined || raw === '') return variable.default;
  try {
    return variable.parse(raw);
  } catch (error) {
    throw configInvalid(`${name}=${JSON.stringify(raw)}: ${messageOf(error)}.`, error);
  }
}
