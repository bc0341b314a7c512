import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '@frontier/errors';
import { fileDigest } from './digest.js';

/** The file names of a built graph in its folder. */
export const GRAPH_FILES = { model: 'model.onnx', weights: 'weights.bin' } as const;
const CHECKSUMS = 'checksums.json';

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

/** Writes {@link GRAPH_FILES} to a folder. */
type GraphWriter = (folder: string) => void;

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
 * @param key names everything that the graph depends on
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
  return Object.fromEntries(Object.values(GRAPH_FILES).map((name) => [name, fileDigest(join(folder, name))]));
}
