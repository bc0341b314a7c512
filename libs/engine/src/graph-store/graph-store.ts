import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@frontier/errors';
import { engineError } from '../errors/engine.errors.js';
import { isIntact, seal, touch } from './cache-entry.js';
import { discard, DRAFT_PREFIX, evictEntries } from './evict-entries.js';
import { FileFacts } from './file-facts.js';
import { GRAPH_FILES } from './graph-files.js';

/** The place of a graph that is ready to load. */
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

/** A folder that keeps graphs, and the bytes that they may take together. */
export interface GraphCacheOptions {
  folder: string;
  maxBytes: number;
}

/** Writes {@link GRAPH_FILES} to a folder. */
type GraphWriter = (folder: string) => void | Promise<void>;

/**
 * Builds a graph in a temporary folder, for this process alone.
 * @throws `engine_error` where the system refuses the folder or has no room
 */
export async function buildTemporaryGraph(write: GraphWriter): Promise<StoredGraph> {
  let folder: string | undefined;
  const dispose = (): void => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  };
  try {
    folder = mkdtempSync(join(tmpdir(), 'frontier-graph-'));
    await write(folder);
  } catch (error) {
    dispose();
    if (!isRefusalOfSystem(error)) throw error;
    // Without the folder's path, which is another one for each process: a fault that comes again must read the same.
    const [fault] = messageOf(error).split(', ');
    throw engineError(
      `The graph of the model cannot be written to the folder of temporary files: ${fault}. Make room there, or name another one in TMPDIR.`,
      error,
    );
  }
  return { path: join(folder, GRAPH_FILES.model), origin: 'built', dispose };
}

/**
 * Takes a graph from a cache folder, or builds it and leaves it there. An entry appears as a whole or not at all, by a
 * rename; one whose bytes are not those that were written is built anew. Then the least recently used entries go, until the rest
 * fits. A cache that cannot be written to does not keep the model from loading.
 *
 * Another process may remove the entry before the caller has opened it: then its path is gone, and this is to be called again.
 *
 * @param key a SHA-256 of everything that the graph depends on
 */
export async function cachedGraph(cache: GraphCacheOptions, key: string, write: GraphWriter): Promise<StoredGraph> {
  const { folder: cacheFolder } = cache;
  const folder = join(cacheFolder, key);
  const facts = new FileFacts(cacheFolder);
  const stored = (origin: StoredGraph['origin']): StoredGraph => {
    touch(folder);
    const warning = evict(cache, key);
    return { path: join(folder, GRAPH_FILES.model), origin, ...(warning && { warning }), dispose: () => {} };
  };
  if (isIntact(folder, facts)) return stored('cached');

  const draft = join(cacheFolder, `${DRAFT_PREFIX}${key}-${randomUUID()}`);
  try {
    mkdirSync(draft, { recursive: true });
    await write(draft);
    seal(draft);
    return stored(publish(cacheFolder, { draft, folder, facts }));
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (isIntact(folder, facts)) return stored('cached');
    if (!isRefusalOfSystem(error)) throw error;
    const warning = `The graph cache ${cacheFolder} cannot be used: ${messageOf(error)}`;
    return { ...(await buildTemporaryGraph(write)), warning };
  }
}

/** Puts a draft in its place, or leaves there what another process built meanwhile, and may be loading. */
function publish(
  cacheFolder: string,
  { draft, folder, facts }: { draft: string; folder: string; facts: FileFacts },
): StoredGraph['origin'] {
  for (;;) {
    if (isIntact(folder, facts)) {
      rmSync(draft, { recursive: true, force: true });
      return 'cached';
    }
    discard(cacheFolder, folder);
    try {
      renameSync(draft, folder);
      return 'built';
    } catch (error) {
      // Another process was faster again.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  }
}

/** @returns a warning, where entries should go and cannot */
function evict({ folder, maxBytes }: GraphCacheOptions, kept: string): string | undefined {
  try {
    evictEntries(folder, maxBytes, kept);
  } catch (error) {
    return `The graph cache ${folder} cannot be kept within ${maxBytes} bytes: ${messageOf(error)}`;
  }
}

function isRefusalOfSystem(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).syscall !== undefined;
}
