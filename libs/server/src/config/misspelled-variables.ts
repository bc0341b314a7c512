import { editDistance } from '@frontier/errors';
import { VARIABLES } from './variables.js';

/** Names of others: npm, Kubernetes and its links to services. */
const OTHERS = /^npm_|^KUBERNETES_|_PORT(_\d+_(TCP|UDP).*)?$|_SERVICE_(HOST|PORT)/i;
/** Least number of words of a name that may be given with one left out. */
const MIN_WORDS = 2;

/** A variable that is set and unknown, and the known one that was probably meant. */
export interface MisspelledVariable {
  found: string;
  meant: string;
}

/** The variables of an environment that are nearly, but not quite, one of the server's: they would be ignored in silence. */
export function misspelledVariables(source: Readonly<Record<string, string | undefined>>): MisspelledVariable[] {
  return Object.keys(source)
    .filter((name) => !(name in VARIABLES) && !OTHERS.test(name) && source[name] !== undefined)
    .flatMap((found) => {
      const meant = nearest(found);
      return meant === undefined ? [] : [{ found, meant }];
    });
}

function nearest(found: string): string | undefined {
  const candidates = Object.keys(VARIABLES).flatMap((name) => {
    const edits = editDistance(spelling(found), spelling(name));
    // Of short names, two letters are half: HOME is no HOST.
    if (edits <= (name.length < 6 ? 1 : 2)) return [{ name, edits }];
    return lacksWord(found.toUpperCase(), name) ? [{ name, edits: 3 }] : [];
  });
  return candidates.toSorted((a, b) => a.edits - b.edits)[0]?.name;
}

function spelling(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

/** Tests for the name of a variable with one word left out, as `TRUTHGPT_TOKEN`. */
function lacksWord(found: string, name: string): boolean {
  const words = name.split('_');
  if (words.length <= MIN_WORDS) return false;
  return words.some((_, i) => words.toSpliced(i, 1).join('_') === found);
}
