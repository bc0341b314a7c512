import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { hubError } from '../reference/hub-error.js';
import { type HubReference, hubReferenceText, isCommit } from '../reference/hub-reference.js';
import { HubCache } from './hub-cache.js';
import { isBeingWritten } from './part-file.js';

/** A model that a cache holds. */
export interface CachedModel {
  reference: HubReference;
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

/** The models of a cache: each commit that has safetensors or ONNX files, and each GGUF file. */
export function cachedModels(root: string): CachedModel[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .toSorted()
    .flatMap((name) => {
      const repository = FOLDER.exec(name)?.[1].replaceAll('--', '/');
      return repository === undefined ? [] : modelsOf(root, repository);
    });
}

/**
 * Removes a model from a cache: its revision, or one file of it. What another revision shares stays.
 * @returns bytes that are free now
 * @throws `HubError` where it is not there, or is being downloaded
 */
export function removeCachedModel(root: string, reference: HubReference): number {
  const cache = new HubCache(root, reference);
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
  if (file === undefined) removeRevision(cache, reference.revision, commit);
  else if (removeFile(cache.snapshot(commit), file) === 0) {
    throw hubError('not_found', `${subject} is not in the cache ${root}.`);
  }
  removeUnused(cache.folder, blobs);
  if (readdirSync(join(cache.folder, 'snapshots')).length === 0) rmSync(cache.folder, { recursive: true });
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
        path: join(cache.snapshot(commit), path),
        bytes: sum(files.filter((other) => other.path.replace(PART, '') === path.replace(PART, ''))),
      }));
      const isFolder = others.some(({ path }) => WEIGHTS.test(path));
      const whole = { reference: found, path: cache.snapshot(commit), bytes: sum(others) };
      return isFolder ? [whole, ...inFiles] : inFiles;
    });
}

/** The name of each commit that has one: `main`, or another branch or tag. */
function revisionsOf(folder: string): Map<string, string> {
  const refs = join(folder, 'refs');
  if (!existsSync(refs)) return new Map();
  const names = (readdirSync(refs, { recursive: true }) as string[])
    .filter((name) => statSync(join(refs, name)).isFile())
    .toSorted((a, b) => Number(a === 'main') - Number(b === 'main'));
  return new Map(names.map((name) => [readFileSync(join(refs, name), 'utf8').trim(), name.split(sep).join('/')]));
}

function removeRevision(cache: HubCache, revision: string, commit: string): void {
  rmSync(join(cache.folder, 'refs', revision), { force: true });
  // A branch and a tag may be one commit.
  if (!revisionsOf(cache.folder).has(commit)) rmSync(cache.snapshot(commit), { recursive: true, force: true });
}

/** @returns how many there were, of several parts */
function removeFile(snapshot: string, file: string): number {
  const folder = join(snapshot, dirname(file));
  if (!existsSync(folder)) return 0;
  const stem = basename(file).replace(PART, '');
  const parts = readdirSync(folder).filter((name) => name === basename(file) || name.replace(PART, '') === stem);
  for (const name of parts) rmSync(join(folder, name));
  const isEmpty = !(
    readdirSync(snapshot, { recursive: true, withFileTypes: true }) as { isDirectory(): boolean }[]
  ).some((entry) => !entry.isDirectory());
  if (isEmpty) rmSync(snapshot, { recursive: true });
  return parts.length;
}

/** Removes the contents that no commit has any more, and parts of them. */
function removeUnused(folder: string, blobs: string): void {
  const used = new Set(
    entriesIn(join(folder, 'snapshots')).flatMap((path) => {
      const target = linkTarget(path);
      return target === undefined ? [] : [resolve(dirname(path), target)];
    }),
  );
  if (!existsSync(blobs)) return;
  for (const name of readdirSync(blobs)) if (!used.has(join(blobs, name))) rmSync(join(blobs, name), { force: true });
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
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
