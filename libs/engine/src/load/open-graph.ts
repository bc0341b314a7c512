import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest, fileDigest } from '../graph/digest.js';
import { ExternalDataFile } from '../graph/external-data-file.js';
import { FileFacts } from '../graph-store/file-facts.js';
import { GRAPH_FILES } from '../graph-store/graph-files.js';
import {
  buildTemporaryGraph,
  cachedGraph,
  type GraphCacheOptions,
  type StoredGraph,
} from '../graph-store/graph-store.js';
import type { Weights } from '../model/weights.js';

/** A plan to build the graph of a model from its weights. */
export interface GraphPlan {
  /** Everything that the graph depends on beside the weights. */
  settings: unknown;
  /**
   * Builds the graph, and writes its weights to `data`.
   * @param dataName the data file's name, relative to the graph's folder
   */
  build(data: ExternalDataFile, dataName: string): Uint8Array | Promise<Uint8Array>;
  /** Deviations from the model's files. */
  warnings?: string[];
}

/** The files that a graph is built from. */
type ModelFiles = Pick<Weights, 'paths' | 'assertUnchanged' | 'close'>;

/** Everything that a graph is built from, and the place where it may be kept. */
interface GraphInputs<Files extends ModelFiles> {
  openWeights: () => Files;
  /** Called for each try, with the open weights. */
  plan: (weights: Files) => GraphPlan;
  cache: GraphCacheOptions | undefined;
}

/** A session on a graph, and the graph's origin. */
interface OpenedGraph<Session> {
  session: Session;
  origin: StoredGraph['origin'];
  /** The SHA-256 of the weights. */
  weightsDigest: string;
  /** Deviations from the model's files, and the faults of the cache. */
  warnings: string[];
}

/**
 * Opens a session on the graph of a model: on the one that the cache has, or on a new one.
 * @param load opens a session on the graph in a path
 */
export async function openGraph<Session, Files extends ModelFiles>(
  inputs: GraphInputs<Files>,
  load: (path: string) => Promise<Session>,
): Promise<OpenedGraph<Session>> {
  try {
    return await openOnce(inputs, load);
  } catch (error) {
    if (!(error instanceof EvictedError)) throw error;
    return await openOnce(inputs, load);
  }
}

/** Another process evicted the graph before it was open. */
class EvictedError extends Error {}

async function openOnce<Session, Files extends ModelFiles>(
  inputs: GraphInputs<Files>,
  load: (path: string) => Promise<Session>,
): Promise<OpenedGraph<Session>> {
  const { graph, weightsDigest, warnings } = await storeGraph(inputs);
  if (graph.warning) warnings.push(graph.warning);
  try {
    return { session: await load(graph.path), origin: graph.origin, weightsDigest, warnings };
  } catch (error) {
    throw existsSync(graph.path) ? error : new EvictedError('The graph is gone.', { cause: error });
  } finally {
    graph.dispose();
  }
}

async function storeGraph<Files extends ModelFiles>({
  openWeights,
  plan,
  cache,
}: GraphInputs<Files>): Promise<{
  graph: StoredGraph;
  weightsDigest: string;
  warnings: string[];
}> {
  const weights = openWeights();
  try {
    const { settings, build, warnings = [] } = plan(weights);
    const write = async (folder: string): Promise<void> => {
      const data = new ExternalDataFile(join(folder, GRAPH_FILES.weights));
      try {
        writeFileSync(join(folder, GRAPH_FILES.model), await build(data, GRAPH_FILES.weights));
        weights.assertUnchanged();
      } finally {
        data.close();
      }
    };
    const facts = new FileFacts(cache?.folder);
    const weightsDigest = digest(weights.paths.map((path) => facts.of(path, 'sha256', fileDigest)));
    const key = digest([weightsDigest], settings);
    const graph = await (cache === undefined ? buildTemporaryGraph(write) : cachedGraph(cache, key, write));
    return { graph, weightsDigest, warnings: [...warnings] };
  } finally {
    weights.close();
  }
}
