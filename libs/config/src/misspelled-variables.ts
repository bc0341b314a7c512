import { VARIABLES } from './variables.js';

/** Names that others give: npm, Kubernetes and its links to services. */
const OTHERS = /^npm_|^KUBERNETES_|_PORT(_\d+_(TCP|UDP).*)?$|_SERVICE_(HOST|PORT)/i;
/** A name that is given in fewer words must have so many at least. */
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
    const edits = distance(spelling(found), spelling(name));
    // Of short names, two letters are half: HOME is no HOST.
    if (edits <= (name.length < 6 ? 1 : 2)) return [{ name, edits }];
    return lacksWord(found.toUpperCase(), name) ? [{ name, edits: 3 }] : [];
  });
  return candidates.toSorted((a, b) => a.edits - b.edits)[0]?.name;
}

function spelling(name: string): string {
  return name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '');
}

/** Whether a name is that of a variable with one word left out, as `TRUTHGPT_TOKEN`. */
function lacksWord(found: string, name: string): boolean {
  const words = name.split('_');
  if (words.length <= MIN_WORDS) return false;
  return words.some((_, i) => words.toSpliced(i, 1).join('_') === found);
}

/** The edits (letters added, left out, changed, or swapped with the next one) that make one text another. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...Array<number>(b.length).fill(0)]);
  for (let j = 0; j <= b.length; j++) rows[0][j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const change = a[i - 1] === b[j - 1] ? 0 : 1;
      rows[i][j] = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + change);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
      }
    }
  }
  return rows[a.length][b.length];
}
