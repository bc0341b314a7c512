import { existsSync, mkdirSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '@frontier/errors';
import type { Dtype } from '../source/onnx-place.js';
import { HubCache } from './cache/hub-cache.js';
import { partBytes } from './cache/part-file.js';
import { chooseFiles } from './choose-files.js';
import { type FileGlobs, selectFiles } from './select-files.js';
import { downloadBlob } from './download/download-blob.js';
import { HubClient } from './download/hub-client.js';
import { hubError } from './reference/hub-error.js';
import { type HubReference, hubReferenceText } from './reference/hub-reference.js';
import type { HubFile } from './reference/hub-file.js';
import { readRepository } from './download/hub-repository.js';
import type { HubSettings } from './reference/hub-settings.js';

/** Files that are downloaded at once. */
const PARALLEL = 4;
/** Left free on the disk. */
const SPARE_BYTES = 64 * 2 ** 20;

/** How far a download is. */
export interface DownloadProgress {
  commit: string;
  files: number;
  /** Bytes of all files that are there; never fewer than before. */
  bytes: number;
  totalBytes: number;
  /** The file that bytes came for last. */
  file?: string;
}

export interface ModelDownloadOptions {
  settings: HubSettings;
  /** The variant of ONNX files. */
  dtype?: Dtype | undefined;
  /** Files that are taken in place of those that a model needs here; default: all of these. */
  files?: FileGlobs;
  /** Ends the download; what is there is kept. */
  signal: AbortSignal;
  onProgress?: (progress: DownloadProgress) => void;
}

/** A model that is on this machine. */
export interface DownloadedModel {
  /** Its folder or file, for `ModelOptions.path`. */
  path: string;
  commit: string;
  /** Why the hub was not asked, where it should have been. */
  warnings: string[];
}

/**
 * Brings a model to this machine, into the cache that Hugging Face's own programs use: all files of one commit. What is there already is used as it is; a hub
 * that does not answer is no fault where the cache holds the model.
 * @throws `HubError` that says what to do
 */
export async function downloadModel(reference: HubReference, options: ModelDownloadOptions): Promise<DownloadedModel> {
  const { settings, signal } = options;
  const cache = new HubCache(settings.cache, reference);
  const place = (commit: string): string => join(cache.snapshot(commit), reference.file ?? '.');
  const found = (commit: string, warnings: string[] = []): DownloadedModel => ({
    path: place(commit),
    commit,
    warnings,
  });
  if (settings.isOffline) return found(cachedCommit(cache, reference, options));
  const cached = optional(() => cachedCommit(cache, reference, options));
  try {
    return found(await update(cache, reference, options, cached !== undefined));
  } catch (error) {
    if (signal.aborted || cached === undefined) throw error;
    return found(cached, [`${messageOf(error)} What the cache holds is used.`]);
  }
}

/** Downloads what the cache lacks of the newest commit, and returns that. */
async function update(
  cache: HubCache,
  reference: HubReference,
  options: ModelDownloadOptions,
  isCached: boolean,
): Promise<string> {
  const { settings, signal } = options;
  const failure = new AbortController();
  const ending = AbortSignal.any([signal, failure.signal]);
  // Nobody waits for a hub that is not needed.
  const asking = new HubClient(settings, ending, isCached ? 1 : undefined);
  const { commit, files } = await readRepository(asking, reference);
  const chosen = filesOf(files, reference, options);
  const client = new HubClient(settings, ending);
  await fetchFiles(chosen, commit, { ...options, cache, client, reference, signal: ending, failure });
  for (const file of chosen) await cache.place(commit, file, settings.usesLinks);
  // A partial download does not move the revision to its commit.
  const isModel = optional(() => chooseFiles(chosen, reference, options.dtype)) !== undefined;
  if (isModel) await cache.remember(commit);
  return commit;
}

function optional<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/**
 * The commit of which the cache holds a model.
 * @throws `HubError` where it holds none, or a part only
 */
function cachedCommit(cache: HubCache, reference: HubReference, options: ModelDownloadOptions): string {
  const commit = cache.knownCommit();
  const subject = hubReferenceText(reference);
  if (options.files && options.files.include.length > 0) {
    throw hubError(
      'offline',
      `Which files of ${subject} there are, the hub alone knows: --include needs a connection.`,
    );
  }
  const hint = 'Download it once with a connection (HF_HUB_OFFLINE unset), or copy the cache of another machine.';
  if (commit === undefined || !existsSync(cache.snapshot(commit))) {
    throw hubError('offline', `${subject} is not in the cache ${cache.folder}. ${hint}`);
  }
  try {
    filesOf(cache.filesOf(commit), reference, options);
    return commit;
  } catch (error) {
    throw hubError('offline', `The cache holds a part only: ${messageOf(error)} ${hint}`, { cause: error });
  }
}

/** The files that are wanted of those that there are. */
function filesOf<T extends { path: string; bytes: number }>(
  files: readonly T[],
  reference: HubReference,
  { files: globs, dtype }: ModelDownloadOptions,
): T[] {
  return globs ? selectFiles(files, globs, reference, dtype) : chooseFiles(files, reference, dtype);
}

interface FetchOptions extends ModelDownloadOptions {
  cache: HubCache;
  client: HubClient;
  reference: HubReference;
  /** Ends the downloads beside one that has failed. */
  failure: AbortController;
}

async function fetchFiles(files: readonly HubFile[], commit: string, options: FetchOptions): Promise<void> {
  const { cache, client, reference, signal, onProgress, failure } = options;
  const isThere = (file: HubFile): boolean =>
    statSync(cache.blob(file), { throwIfNoEntry: false })?.size === file.bytes;
  // Two names of one content are one download.
  const missing = [...new Map(files.filter((file) => !isThere(file)).map((file) => [file.etag, file])).values()];
  mkdirSync(cache.folder, { recursive: true });
  cache.prepare();
  await assertRoom(cache, missing, reference, options.settings.usesLinks);

  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const there = new Map(files.map((file) => [file.path, isThere(file) ? file.bytes : 0]));
  let reported = 0;
  const report = (file?: string): void => {
    const bytes = [...there.values()].reduce((sum, each) => sum + each, 0);
    reported = Math.max(reported, bytes);
    onProgress?.({ commit, files: files.length, bytes: reported, totalBytes, ...(file !== undefined && { file }) });
  };
  report();
  const queue = missing.values();
  const work = async (): Promise<void> => {
    for (const file of queue) {
      await downloadBlob({
        client,
        file,
        url: `/${reference.repository}/resolve/${commit}/${file.path.split('/').map(encodeURIComponent).join('/')}`,
        blob: cache.blob(file),
        subject: hubReferenceText({ ...reference, file: file.path }),
        signal,
        onBytes: (bytes) => {
          for (const { path, etag } of files) if (etag === file.etag) there.set(path, bytes);
          report(file.path);
        },
      });
    }
  };
  const works = Array.from({ length: PARALLEL }, () =>
    work().catch((error: unknown) => {
      failure.abort(error);
    }),
  );
  await Promise.all(works);
  signal.throwIfAborted();
}

async function assertRoom(
  cache: HubCache,
  missing: readonly HubFile[],
  reference: HubReference,
  usesLinks: boolean,
): Promise<void> {
  const needed = missing.reduce(
    (sum, file) => sum + Math.max(0, file.bytes - partBytes(cache.blob(file))) + (usesLinks ? 0 : file.bytes),
    0,
  );
  if (needed === 0) return;
  const { bavail, bsize } = await statfs(cache.folder);
  if (bavail * bsize >= needed + SPARE_BYTES) return;
  const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  throw hubError(
    'no_space',
    `${hubReferenceText(reference)} needs ${mib(needed)} more, and the disk of ${cache.folder} has ${mib(bavail * bsize)}. Free some, or set HF_HUB_CACHE to another disk.`,
  );
}
