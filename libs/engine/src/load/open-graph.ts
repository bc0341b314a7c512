import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildDecoderGraph, GRAPH_VERSION } from '../graph/decoder/decoder-graph.js';
import { EMBEDDING, HEAD } from '../graph/decoder/tensor-names.js';
import { digest, fileDigest } from '../graph/digest.js';
import { ExternalDataFile } from '../graph/external-data-file.js';
import type { GraphOptions } from '../graph/graph-options.js';
import { rotateResidual } from '../graph/rotation/rotated-weights.js';
import { FileFacts } from '../graph-store/file-facts.js';
import { GRAPH_FILES } from '../graph-store/graph-files.js';
import {
  buildTemporaryGraph,
  cachedGraph,
  type GraphCacheOptions,
  type StoredGraph,
} from '../graph-store/graph-store.js';
import type { ModelConfig } from '../model/model-config.js';
import type { Weights } from '../model/weights.js';
import type { ModelSource } from '../source/model-source.js';

/** Everything that a graph is built from, and the place where it may be kept. */
interface GraphInputs {
  source: ModelSource;
  config: ModelConfig;
  options: Omit<GraphOptions, 'externalDataName'>;
  cache: GraphCacheOptions | undefined;
  /** Called while the graph is built, with how many layers are of how many. */
  onLayer?: (layers: number, of: number) => void;
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
export async function openGraph<Session>(
  inputs: GraphInputs,
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

async function openOnce<Session>(
  inputs: GraphInputs,
  load: (path: string) => Promise<Session>,
): Promise<OpenedGraph<Session>> {
  const { graph, weightsDigest, warnings } = storeGraph(inputs);
  if (graph.warning) warnings.push(graph.warning);
  try {
    return { session: await load(graph.path), origin: graph.origin, weightsDigest, warnings };
  } catch (error) {
    throw existsSync(graph.path) ? error : new EvictedError('The graph is gone.', { cause: error });
  } finally {
    graph.dispose();
  }
}

function storeGraph({ source, config: declared, options, cache, onLayer }: GraphInputs): {
  graph: StoredGraph;
  weightsDigest: string;
  warnings: string[];
} {
  const weights = source.openWeights();
  try {
    const warnings: string[] = [];
    const config = withOwnHead(declared, weights, warnings);
    const write = (folder: string): void => {
      const data = new ExternalDataFile(join(folder, GRAPH_FILES.weights));
      try {
        const graphOptions = { ...options, externalDataName: GRAPH_FILES.weights };
        const onBuilt = (layers: number): void => onLayer?.(layers, config.layers);
        // What is computed with other precisions as well would have two forms of one stream.
        const isInt8 = [options.precision, options.prefillPrecision, options.outputPrecision].every(
          (p) => p === 'int8',
        );
        const built = isInt8 ? rotateResidual(config, weights) : { config, weights };
        const graph = buildDecoderGraph(built.config, built.weights, data, graphOptions, onBuilt);
        writeFileSync(join(folder, GRAPH_FILES.model), graph);
        weights.assertUnchanged();
      } finally {
        data.close();
      }
    };
    const facts = new FileFacts(cache?.folder);
    const weightsDigest = digest(weights.paths.map((path) => facts.of(path, 'sha256', fileDigest)));
    const key = digest([weightsDigest], { version: GRAPH_VERSION, config, options });
    const graph = cache === undefined ? buildTemporaryGraph(write) : cachedGraph(cache, key, write);
    return { graph, weightsDigest, warnings };
  } finally {
    weights.close();
  }
}

/** A head that is stored and is not the embedding is the head, whatever the configuration says. */
function withOwnHead(config: ModelConfig, weights: Weights, warnings: string[]): ModelConfig {
  const isOwn =
    config.tieWordEmbeddings && weights.has(HEAD) && weights.has(EMBEDDING) && !weights.areEqual(HEAD, EMBEDDING);
  if (!isOwn) return config;
  warnings.push(`config.json says "tie_word_embeddings", but ${HEAD} is not ${EMBEDDING}: it is used.`);
  return { ...config, tieWordEmbeddings: false };
}
