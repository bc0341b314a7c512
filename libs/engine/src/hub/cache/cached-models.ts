import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { hubError } from '../reference/hub-error.js';
import { type HubReference, hubReferenceText, isCommit, isWellFormed } from '../reference/hub-reference.js';
import { HubCache, linkTarget } from './hub-cache.js';
import { isBeingWritten, isForeignPart } from './part-file.js';

/** A model that a cache holds. */
export interface CachedModel {
  reference: HubReference;
  commit: string;
  /** Its folder or file, for `ModelOptions.path`. */
  path: string;
  /** Of its files, also of those that another one shares. */
  bytes: number;
}

const FOLDER = /^models--(.+)$/;
const GGUF = /\.gguf$/i;
const LATER_PART = /-(?!00001)\d{5}-of-\d{5}\.gguf$/i;
const PART = /-\d{5}-of-\d{5}\.gguf$/i;
const WEIGHTS = /\.(safetensors|onnx)$/i;

/** The models of a cache: each commit with safetensors or ONNX files, and each GGUF file. Those that no reference can name are left out. */
export function cachedModels(root: string): CachedModel[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .toSorted()
    .flatMap((name) => {
      const repository = FOLDER.exec(name)?.[1].replaceAll('--', '/');
      return repository === undefined ? [] : modelsOf(root, repository);
    })
    .filter(({ reference }) => isWellFormed(reference));
}

/** The model of a reference, by any name of its revision; undefined where the cache has none. */
export function cachedModel(root: string, reference: HubReference): CachedModel | undefined {
  const known = new HubCache(root, reference).knownCommit();
  return modelsOf(root, reference.repository).find(
    ({ reference: { file }, commit }) => file === reference.file && commit === known,
  );
}

/**
 * Removes a model from a cache: the files of its revision without those of GGUF models, or one GGUF file. What another revision shares stays.
 * @returns bytes that are free now
 * @throws `HubError` where it is not there, or is being downloaded
 */
export function removeCachedModel(root: string, reference: HubReference): number {
  // Links of snapshots are compared as paths.
  const cache = new HubCache(resolve(root), reference);
  const subject = hubReferenceText(reference);
  const commit = cache.knownCommit();
  if (commit === undefined) throw hubError('not_found', `${subject} is not in the cache ${root}.`);
  const blobs = join(cache.folder, 'blobs');
  const stored = existsSync(blobs) ? readdirSync(blobs) : [];
  if (stored.some((name) => isBeingWritten(join(blobs, name)))) {
    throw hubError('in_use', `${subject} is being downloaded: stop that first.`);
  }
  const before = bytesIn(cache.folder);
  const { file } = reference;
  if (file === undefined) removeRevision(cache, reference, commit);
  else if (removeFile(cache, commit, file) === 0) {
    throw hubError('not_found', `${subject} is not in the cache ${root}.`);
  }
  removeUnused(cache.folder, blobs);
  const isEmpty = [join(cache.folder, 'snapshots'), blobs].every((each) => entriesIn(each).length === 0);
  if (isEmpty) rmSync(cache.folder, { recursive: true });
  return before - (existsSync(cache.folder) ? bytesIn(cache.folder) : 0);
}

function modelsOf(root: string, repository: string): CachedModel[] {
  const { folder } = new HubCache(root, { repository, revision: 'main' });
  const revisions = revisionsOf(folder);
  const snapshots = join(folder, 'snapshots');
  if (!existsSync(snapshots)) return [];
  return readdirSync(snapshots)
    .filter(isCommit)
    .flatMap((commit) => {
      const found = { repository, revision: revisions.get(commit) ?? commit };
      const cache = new HubCache(root, found);
      const files = cache.filesOf(commit);
      const ggufs = files.filter(({ path }) => GGUF.test(path) && !LATER_PART.test(path));
      const others = files.filter(({ path }) => !GGUF.test(path));
      const inFiles = ggufs.map(({ path }) => ({
        reference: { ...found, file: path },
        commit,
        path: join(cache.snapshot(commit), path),
        bytes: sum(files.filter((other) => other.path.replace(PART, '') === path.replace(PART, ''))),
      }));
      const isFolder = others.some(({ path }) => WEIGHTS.test(path));
      const whole = { reference: found, commit, path: cache.snapshot(commit), bytes: sum(others) };
      return isFolder ? [whole, ...inFiles] : inFiles;
    });
}

/** The name of each commit that has one: `main`, or another branch or tag. */
function revisionsOf(folder: string): Map<string, string> {
  const names = namesIn(folder).toSorted(([a], [b]) => Number(a === 'main') - Number(b === 'main'));
  return new Map(names.map(([name, commit]) => [commit, name]));
}

/** The names of commits; those that no reference can have are left out. */
function namesIn(folder: string): [name: string, commit: string][] {
  const refs = join(folder, 'refs');
  if (!existsSync(refs)) return [];
  return (readdirSync(refs, { recursive: true }) as string[])
    .filter((name) => statSync(join(refs, name), { throwIfNoEntry: false })?.isFile())
    .map((name): [string, string] => [name.split(sep).join('/'), readFileSync(join(refs, name), 'utf8').trim()])
    .filter(([revision]) => isWellFormed({ repository: 'any', revision }));
}

/** Removes a commit's files, or only the given name of a commit with several names, such as a branch and a tag. */
function removeRevision(cache: HubCache, { revision }: HubReference, commit: string): void {
  const others = namesIn(cache.folder).filter(([name, named]) => named === commit && name !== revision);
  if (!isCommit(revision) && others.length > 0) return rmSync(join(cache.folder, 'refs', revision), { force: true });
  for (const path of entriesIn(cache.snapshot(commit))) if (!GGUF.test(path)) rmSync(path);
  removeEmpty(cache, commit);
}

/** Removes a file with its parts. @returns the number of removed files */
function removeFile(cache: HubCache, commit: string, file: string): number {
  const folder = join(cache.snapshot(commit), dirname(file));
  if (!existsSync(folder)) return 0;
  const stem = basename(file).replace(PART, '');
  const parts = readdirSync(folder).filter((name) => name === basename(file) || name.replace(PART, '') === stem);
  for (const name of parts) rmSync(join(folder, name));
  removeEmpty(cache, commit);
  return parts.length;
}

/** Removes a commit without files, and its names. */
function removeEmpty(cache: HubCache, commit: string): void {
  if (entriesIn(cache.snapshot(commit)).length > 0) return;
  rmSync(cache.snapshot(commit), { recursive: true, force: true });
  for (const [name, named] of namesIn(cache.folder)) if (named === commit) rmSync(join(cache.folder, 'refs', name));
}

/** Removes contents without a commit, and their parts, except parts that another program may still write. */
function removeUnused(folder: string, blobs: string): void {
  const used = new Set(
    entriesIn(join(folder, 'snapshots')).flatMap((path) => {
      const target = linkTarget(path);
      return target === undefined ? [] : [resolve(dirname(path), target)];
    }),
  );
  for (const path of entriesIn(blobs)) if (!used.has(path) && !isForeignPart(path)) rmSync(path, { force: true });
}

/** Bytes of files; links to them have none. */
function bytesIn(folder: string): number {
  return entriesIn(folder).reduce(
    (total, path) => total + (linkTarget(path) === undefined ? statSync(path).size : 0),
    0,
  );
}

function entriesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

function sum(files: readonly { bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}
