import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineModel } from './engine.js';
import { modelInvalid } from './engine.errors.js';
import { ExternalDataFile } from './graph/external-data-file.js';
import { buildTemporaryGraph, cachedGraph, GRAPH_FILES, graphKey, type StoredGraph } from './graph/graph-store.js';
import { buildLlamaGraph, GRAPH_VERSION, type LlamaGraphOptions } from './graph/llama-graph.js';
import type { Precision } from './graph/precision.js';
import { MAX_WEIGHT, MAX_WEIGHT_WITHOUT_EXACT_PRODUCTS } from './graph/row-quantization.js';
import { readGenerationConfig } from './model/generation-config.js';
import { type ModelConfig, readModelConfig } from './model/model-config.js';
import { attentionDoublesAt, passWeightBytes } from './model/model-cost.js';
import { Weights } from './model/weights.js';
import { loadTokenizer } from './text/text-tokenizer.js';

/** Which model to load, and how large its batches and sequences may be. */
export interface ModelOptions {
  /** A folder in the Hugging Face layout: `config.json`, `*.safetensors`, `tokenizer.json`. */
  path: string;
  /** Sequences that decode at once at most. */
  maxBatchSize: number;
  /** The longest sequence in tokens, at most what the model was made for; default: that. */
  contextLength?: number;
  /** How the weights are computed with; default `fp32`. */
  precision?: Precision;
  /**
   * What prompts are computed with; default: `int8` where `precision` is `int4`, else the same. Another one than
   * `precision` takes memory for its own weights.
   */
  prefillPrecision?: Precision;
  /** A folder that keeps built graphs for the next start; without it, they are built at each. */
  graphCache?: string;
  /** Threads of one pass; 0 takes all cores. */
  threads?: number;
}

/** In 8 bits a prompt of an int4 model is read three times as fast; see docs/decisions/0009-int8-rows.md. */
const DEFAULT_PREFILL_PRECISION = { fp32: 'fp32', int8: 'int8', int4: 'int8' } as const;

/** A model that an engine can work with, and its shape. */
export interface LoadedModel extends EngineModel {
  config: ModelConfig;
  /** Whether its graph was built now, or came from the cache; and why not from there, where that failed. */
  graph: Pick<StoredGraph, 'origin' | 'warning'>;
}

/**
 * Loads a model folder: reads its configuration and tokenizer, builds the graph from its weights and opens the native
 * session. Blocks the event loop of this process for most of that time.
 *
 * @throws `model_invalid` when the folder is damaged, `model_unsupported` when the engine cannot run the model,
 * `engine_error` when ONNX Runtime refuses the graph; each message names the file and what is wrong with it
 */
export async function loadModel(options: ModelOptions): Promise<LoadedModel> {
  const { path, maxBatchSize, precision = 'fp32', threads = 0 } = options;
  const { prefillPrecision = DEFAULT_PREFILL_PRECISION[precision] } = options;
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw modelInvalid(`The model folder ${path} does not exist.`);
  }
  const config = readModelConfig(path);
  const generation = readGenerationConfig(path);
  const contextLength = options.contextLength ?? config.maxPositions;
  if (contextLength > config.maxPositions) {
    throw modelInvalid(
      `The context length ${contextLength} exceeds the ${config.maxPositions} positions that the model in ${path} was made for.`,
    );
  }
  const tokenizer = loadTokenizer(path);
  // Not before it is needed: the server process, which never runs a model, does not load the native library.
  const { OnnxModelRunner, hasExactProducts } = await import('./runner/onnx.js');
  const maxWeight = (await hasExactProducts()) ? MAX_WEIGHT : MAX_WEIGHT_WITHOUT_EXACT_PRODUCTS;
  const graph = openGraph(path, config, options.graphCache, { contextLength, precision, prefillPrecision, maxWeight });
  try {
    const { layers, kvHeads, headDim, vocabSize } = config;
    const shape = { layers, kvHeads, headDim, vocabSize, maxBatchSize, contextLength };
    const cost = { weightBytes: passWeightBytes(config, precision), attentionDoublesAt: attentionDoublesAt(config) };
    const runner = await OnnxModelRunner.load(graph.path, { ...shape, ...cost, threads });
    return {
      config,
      tokenizer,
      runner,
      eosTokenIds: [...new Set([...config.eosTokenIds, ...generation.eosTokenIds])],
      defaults: generation.defaults,
      graph: { origin: graph.origin, warning: graph.warning },
    };
  } finally {
    graph.dispose();
  }
}

function openGraph(
  modelPath: string,
  config: ModelConfig,
  cacheFolder: string | undefined,
  options: Omit<LlamaGraphOptions, 'externalDataName'>,
): StoredGraph {
  const weights = Weights.open(modelPath);
  const write = (folder: string): void => {
    const data = new ExternalDataFile(join(folder, GRAPH_FILES.weights));
    try {
      const graph = buildLlamaGraph(config, weights, data, { ...options, externalDataName: GRAPH_FILES.weights });
      writeFileSync(join(folder, GRAPH_FILES.model), graph);
    } finally {
      data.close();
    }
  };
  try {
    if (cacheFolder === undefined) return buildTemporaryGraph(write);
    return cachedGraph(cacheFolder, graphKey(weights.paths, { version: GRAPH_VERSION, config, options }), write);
  } finally {
    weights.close();
  }
}
