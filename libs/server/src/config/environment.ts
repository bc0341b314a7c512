import { resolve } from 'node:path';
import { joinProblems } from '@frontier/errors';
import { z } from 'zod';
import { configInvalid } from './config.errors.js';
import { VARIABLE_DOCS } from './variable.js';
import { type Environment, VARIABLES } from './variables.js';

const ENVIRONMENT = z.object(VARIABLES);

/**
 * Reads the server's variables; an empty value counts as unset, as in a shell.
 * @param folder the server's own, which default paths are from; without it they stay relative
 * @throws `config_invalid` naming each wrong variable, its value unless that is a secret, and the allowed ones
 */
export function readEnvironment(source: Readonly<Record<string, string | undefined>>, folder = ''): Environment {
  const given = Object.fromEntries(
    Object.keys(VARIABLES).flatMap((name) => (source[name] ? [[name, source[name]]] : [])),
  );
  const { data, error } = ENVIRONMENT.safeParse(given);
  if (error) throw configInvalid(joinProblems(problemsOf(error, given)));
  return folder === '' ? data : { ...data, ...ownPaths(data, { given, folder }) };
}

/** One problem for each variable. */
function problemsOf({ issues }: z.ZodError, given: Record<string, string>): string[] {
  const messages = new Map<string, string>();
  for (const { path, message } of issues) messages.set(String(path[0]), messages.get(String(path[0])) ?? message);
  return [...messages].map(([name, message]) => {
    const { isSecret } = docsOf(name);
    return `${name}${isSecret ? '' : `=${JSON.stringify(given[name])}`}: ${message}.`;
  });
}

/** Default paths, resolved from the server's own folder. */
function ownPaths(data: Environment, { given, folder }: { given: object; folder: string }): Partial<Environment> {
  const names = Object.keys(VARIABLES).filter((name) => docsOf(name).isOwnPath && !(name in given));
  return Object.fromEntries(names.map((name) => [name, resolve(folder, data[name as 'DATA_DIR'])]));
}

function docsOf(name: string) {
  return VARIABLE_DOCS.get(VARIABLES[name as keyof typeof VARIABLES])!;
}
