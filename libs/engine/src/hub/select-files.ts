import { matchesGlob, posix } from 'node:path';
import type { Dtype } from '../source/onnx-place.js';
import { chooseFiles } from './choose-files.js';
import { hubError } from './reference/hub-error.js';
import { type HubReference, hubReferenceText } from './reference/hub-reference.js';

/** Files of a repository by their paths; a pattern without a slash is one of names, in any folder. */
export interface FileGlobs {
  /** Takes these alone; empty: those that a model needs here. */
  include: readonly string[];
  /** Leaves these out. */
  exclude: readonly string[];
}

/**
 * The files that were asked for.
 * @throws `HubError` where there are none, and as {@link chooseFiles}
 */
export function selectFiles<T extends { path: string; bytes: number }>(
  files: readonly T[],
  { include, exclude }: FileGlobs,
  reference: HubReference,
  dtype?: Dtype,
): T[] {
  const included =
    include.length > 0 ? files.filter(({ path }) => matches(path, include)) : chooseFiles(files, reference, dtype);
  const selected = included.filter(({ path }) => !matches(path, exclude));
  if (selected.length > 0) return selected;
  const given = [...include, ...exclude.map((glob) => `not ${glob}`)].join(', ');
  throw hubError('not_found', `${hubReferenceText(reference)} has no file that matches ${given}.`);
}

function matches(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => matchesGlob(glob.includes('/') ? path : posix.basename(path), glob));
}
