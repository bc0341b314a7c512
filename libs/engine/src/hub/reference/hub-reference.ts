import { hubError } from './hub-error.js';

/** A model on a hub: `hf:org/name`, `hf:org/name/file.gguf`, either with `@revision`. */
export interface HubReference {
  /** `org/name`, or `name` alone as the oldest models have it. */
  repository: string;
  /** A branch, a tag or a commit; default `main`. */
  revision: string;
  /** Path of a file in the repository; default: the files of a model, as {@link chooseFiles} takes them. */
  file?: string;
}

const PREFIX = 'hf:';
const NAME = /^[A-Za-z0-9_](?:[\w.-]{0,94}[\w])?$/;
const REVISION = /^[\w][\w./+-]{0,199}$/;

/** True if the path of a model names a hub. */
export function isHubReference(path: string): boolean {
  return path.startsWith(PREFIX);
}

/**
 * Reads `hf:org/name[/file][@revision]`.
 * @throws `model_download_failed` where it has another form
 */
export function parseHubReference(text: string): HubReference {
  const [place, revision = 'main', ...more] = text.slice(PREFIX.length).split('@');
  const [org, name, ...file] = place.split('/');
  const names = name === undefined ? [org] : [org, name];
  const isValid =
    isHubReference(text) &&
    more.length === 0 &&
    names.every((each) => NAME.test(each) && !/--|\.\./.test(each)) &&
    REVISION.test(revision) &&
    !revision.includes('..') &&
    (file.length === 0 || isSafePath(file.join('/')));
  if (!isValid) {
    throw hubError(
      'reference',
      `${JSON.stringify(text)} names no model of a hub. Write hf:org/name, hf:org/name/file.gguf, or either with @revision.`,
    );
  }
  return { repository: names.join('/'), revision, ...(file.length > 0 && { file: file.join('/') }) };
}

/** Whether a revision is a commit, which stays what it is. */
export function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}

/** Whether a path stays in its folder on every system. */
export function isSafePath(path: string): boolean {
  return !/[\\:\p{Cc}]/u.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part));
}

/** The reference as a user writes it. */
export function hubReferenceText({ repository, revision, file }: HubReference): string {
  return `${PREFIX}${repository}${file === undefined ? '' : `/${file}`}${revision === 'main' ? '' : `@${revision}`}`;
}

/** Whether a reference is one that a user can write: names of a cache that others fill may be anything. */
export function isWellFormed(reference: HubReference): boolean {
  try {
    const { repository, revision, file } = parseHubReference(hubReferenceText(reference));
    return repository === reference.repository && revision === reference.revision && file === reference.file;
  } catch {
    return false;
  }
}
