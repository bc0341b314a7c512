import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@frontier/errors';

/** The file names of a built graph in its folder. */
export const GRAPH_FILES = { model: 'model.onnx', weights: 'weights.bin' } as const;
const CHECKSUMS = 'checksums.json';

/** Where a graph that is ready to load lies. */
export interface StoredGraph {
  /** The path of `model.onnx`. */
  path: string;
  /** `built`: made now; `cached`: made earlier. */
  origin: 'built' | 'cached';
  /** Why the cache could not be used, if it could not. */
  warning?: string;
  /** Removes what is not kept for later; once the session has mapped the files. */
  dispose: () => void;
}

/** Writes {@link GRAPH_FILES} to a folder. */
export type GraphWriter = (folder: string) => void;

/** Builds a graph in a temporary folder, for this process alone. */
export function buildTemporaryGraph(write: GraphWriter): StoredGraph {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-graph-'));
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    write(folder);
  } catch (error) {
    dispose();
    throw error;
  }
  return { path: join(folder, GRAPH_FILES.model), origin: 'built', dispose };
}

/**
 * Takes a graph from a cache folder, or builds it and leaves it there. An entry appears as a whole or not at all, by a
 * rename; one whose bytes are not those that were written is built anew. A cache that cannot be written to does not
 * keep the model from loading.
 *
 * @param key names everything that the graph depends on; see {@link graphKey}
 */
export function cachedGraph(cacheFolder: string, key: string, write: GraphWriter): StoredGraph {
  const folder = join(cacheFolder, key);
  const stored = (origin: StoredGraph['origin']): StoredGraph => ({
    path: join(folder, GRAPH_FILES.model),
    origin,
    dispose: () => {},
  });
  if (isIntact(folder)) return stored('cached');

  const draft = join(cacheFolder, `${DRAFT_PREFIX}${key}-${randomUUID()}`);
  try {
    mkdirSync(draft, { recursive: true });
    removeOldDrafts(cacheFolder);
    write(draft);
    writeFileSync(join(draft, CHECKSUMS), JSON.stringify(checksums(draft)));
    // Another process may have built the same entry meanwhile, and be loading it.
    if (isIntact(folder)) {
      rmSync(draft, { recursive: true, force: true });
      return stored('cached');
    }
    rmSync(folder, { recursive: true, force: true });
    renameSync(draft, folder);
    return stored('built');
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (isIntact(folder)) return stored('cached');
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    const warning = `The graph cache ${cacheFolder} cannot be used: ${messageOf(error)}`;
    return { ...buildTemporaryGraph(write), warning };
  }
}

/** The SHA-256 of files and of settings that can be written as JSON, in hexadecimal. */
export function graphKey(files: readonly string[], settings: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const file of files) hash.update(`\n${fileChecksum(file)}`);
  return hash.digest('hex');
}

const DRAFT_PREFIX = '.draft-';
const MAX_DRAFT_AGE_MS = 3_600_000;

/** Drafts that a killed process left behind. */
function removeOldDrafts(cacheFolder: string): void {
  for (const name of readdirSync(cacheFolder)) {
    if (!name.startsWith(DRAFT_PREFIX)) continue;
    const path = join(cacheFolder, name);
    const modifiedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - modifiedAt > MAX_DRAFT_AGE_MS) rmSync(path, { recursive: true, force: true });
  }
}

function isIntact(folder: string): boolean {
  try {
    return readFileSync(join(folder, CHECKSUMS), 'utf8') === JSON.stringify(checksums(folder));
  } catch {
    return false;
  }
}

function checksums(folder: string): Record<string, string> {
  return Object.fromEntries(Object.values(GRAPH_FILES).map((name) => [name, fileChecksum(join(folder, name))]));
}

function fileChecksum(path: string): string {
  const hash = createHash('sha256');
  const buffer = new Uint8Array(4 * 2 ** 20);
  const fd = openSync(path, 'r');
  try {
    for (let read = readSync(fd, buffer); read > 0; read = readSync(fd, buffer)) hash.update(buffer.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}
