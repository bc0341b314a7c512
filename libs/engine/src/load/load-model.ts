import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { messageOf } from '@frontier/errors';
import type { EngineModel } from '../engine/engine-model.js';
import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';
import { ExternalDataFile } from '../graph/external-data-file.js';
import { digest, fileDigest } from '../graph/digest.js';
import { buildTemporaryGraph, cachedGraph, GRAPH_FILES, type StoredGraph } from '../graph/graph-store.js';
import type { GraphOptions } from '../graph/graph-options.js';
import { buildDecoderGraph, EMBEDDING, GRAPH_VERSION, HEAD } from '../graph/decoder/decoder-graph.js';
import type { Precision } from '../graph/quantization/precision.js';
import { MAX_WEIGHT, MAX_WEIGHT_WHERE_SATURATING } from '../graph/quantization/row-quantization.js';
import type { ModelConfig } from '../model/model-config.js';
import { attentionCrossoverTokens, passWeightBytes } from '../graph/pass-cost.js';
import type { Weights } from '../model/weights.js';
import { intraOpThreads } from '../runner/intra-op-threads.js';
import { type ProviderName, type ProviderOptions, providerPrecisions } from '../runner/provider.js';
import { type LoadedPlugin, loadPlugin } from '../plugin/load-plugin.js';
import type { ModelSource } from '../source/model-source.js';
import { openModelSource } from '../source/open-model-source.js';
import { createVocabulary } from '../text/text-tokenizer.js';

/** Which model to load, and how large its batches and sequences may be. */
export interface ModelOptions {
  /** A folder in the Hugging Face layout: `config.json`, `*.safetensors`, `tokenizer.json`. */
  path: string;
  /** Sequences that decode at once at most. */
  maxBatchSize: number;
  /** The longest sequence in tokens, at most what the model was made for; default: that. */
  contextLength?: number;
  /** The precision of the weights in decode passes; default: that of the format (`ModelSource.defaultPrecision`). */
  precision?: Precision;
  /**
   * The precision of prompts; default: `int8` where `precision` is `int4`, else the same. Another one than
   * `precision` takes memory for its own weights.
   */
  prefillPrecision?: Precision;
  /** A folder that keeps built graphs for the next start; without it, they are built at each. */
  graphCache?: string;
  /** Threads of one pass; 0 takes all cores. Default: those that the process may use. */
  threads?: number;
  /** The execution provider, with ONNX Runtime's options for it; default: the CPU. */
  provider?: ProviderOptions;
  /** Runs on the CPU where the provider is not available, instead of failing. */
  fallback?: 'cpu';
  /** The module of an {@link EnginePlugin}: a package, a file URL or a path (see `loadPlugin`). Default: none. */
  plugin?: string;
}

/** A model that an engine can work with, and its shape. */
export interface LoadedModel extends EngineModel {
  config: ModelConfig;
  /** The execution provider of its passes. */
  provider: ProviderName;
  /** A SHA-256 of its files and of how they are computed with: outputs of equal ones to equal requests are equal. */
  fingerprint: string;
  /** The origin of its graph: built now, or from the cache. */
  graphOrigin: StoredGraph['origin'];
  /** Deviations from what was asked for: a provider, the graph cache. */
  warnings: string[];
}

/**
 * Loads a model folder: reads its configuration and vocabulary, builds the graph from its weights and opens the native
 * session. Blocks the event loop of this process for most of that time.
 *
 * @param onLayer called while the graph is built, with how many layers are of how many
 * @throws `model_invalid` when the folder is damaged, `model_unsupported` when the engine cannot run the model,
 * `engine_error` when ONNX Runtime refuses the graph or the plugin throws; each message names the file and its fault
 */
export async function loadModel(
  options: ModelOptions,
  onLayer?: (layers: number, of: number) => void,
): Promise<LoadedModel> {
  const { path, maxBatchSize, threads = intraOpThreads() } = options;
  const source = openModelSource(path);
  const config = source.readConfig();
  const generation = source.readGenerationConfig();
  const contextLength = options.contextLength ?? config.maxPositions;
  if (contextLength > config.maxPositions) {
    throw modelInvalid(
      `The context length ${contextLength} exceeds the ${config.maxPositions} positions that the model in ${path} was made for.`,
    );
  }
  const { json, eosTokenId, warnings: textWarnings } = source.readTokenizer();
  const plugin = options.plugin === undefined ? undefined : await loadPlugin(options.plugin);
  const warnings = [...generation.warnings, ...textWarnings];
  const vocabulary = createVocabulary(json);
  // Not before it is needed: the server process, which never runs a model, does not load the native library.
  const { cacheLocation, differsAlone, int8DotSaturates, loadRunner } = await import('../runner/onnx.js');
  const provider = await chooseProvider(options, warnings);
  const precisions = providerPrecisions(
    provider.name,
    options.precision ?? (provider.name === 'cpu' ? source.defaultPrecision : 'fp32'),
    options.prefillPrecision,
  );
  const maxWeight = (await int8DotSaturates()) ? MAX_WEIGHT_WHERE_SATURATING : MAX_WEIGHT;
  const graphOptions = { contextLength, cache: cacheLocation(provider.name), maxWeight, ...precisions };
  const { graph, weightsDigest } = openGraph(source, config, options.graphCache, graphOptions, warnings, onLayer);
  if (graph.warning) warnings.push(graph.warning);
  try {
    const { layers, kvHeads, headDim, vocabSize } = config;
    const shape = { layers, kvHeads, headDim, vocabSize, maxBatchSize, contextLength };
    const cost = {
      weightBytes: passWeightBytes(config, precisions.precision),
      attentionCrossoverTokens: attentionCrossoverTokens(config),
    };
    // Blocks of a file may have offsets, whose product is one of float32.
    const kernels: Precision[] = precisions.precision === 'int4' ? ['int4', 'fp32'] : [precisions.precision];
    const differs = provider.name === 'cpu' ? await Promise.all(kernels.map(differsAlone)) : [];
    const minRows = differs.includes(true) ? 2 : 1;
    const runner = await loadRunner(graph.path, { ...shape, ...cost, minRows, threads, provider });
    return {
      config,
      vocabulary,
      runner,
      // Each of the three may name an end that the others do not.
      eosTokenIds: [
        ...new Set([
          ...config.eosTokenIds,
          ...generation.eosTokenIds,
          ...(eosTokenId === undefined ? [] : [eosTokenId]),
        ]),
      ],
      defaults: generation.defaults,
      ...(plugin && { plugin: plugin.plugin }),
      fingerprint: digest([weightsDigest, ...source.textDigests(), ...(plugin ? pluginDigests(plugin) : [])], {
        provider,
        graphOptions,
        version: GRAPH_VERSION,
      }),
      provider: provider.name,
      graphOrigin: graph.origin,
      warnings,
    };
  } finally {
    graph.dispose();
  }
}

/** The provider that was asked for or, where it is missing and may be, the CPU. */
async function chooseProvider(
  { provider = { name: 'cpu' }, fallback }: ModelOptions,
  warnings: string[],
): Promise<ProviderOptions> {
  const { assertAvailable } = await import('../runner/onnx.js');
  try {
    await assertAvailable(provider);
    return provider;
  } catch (error) {
    if (!fallback)
      throw modelUnsupported(`${messageOf(error)} Install them, take another provider, or set "fallback: cpu".`);
    warnings.push(`It runs on the CPU. ${messageOf(error)}`);
    return { name: fallback };
  }
}

function openGraph(
  source: ModelSource,
  declared: ModelConfig,
  cacheFolder: string | undefined,
  options: Omit<GraphOptions, 'externalDataName'>,
  warnings: string[],
  onLayer?: (layers: number, of: number) => void,
): { graph: StoredGraph; weightsDigest: string } {
  const weights = source.openWeights();
  const config = withOwnHead(declared, weights, warnings);
  const write = (folder: string): void => {
    const data = new ExternalDataFile(join(folder, GRAPH_FILES.weights));
    try {
      const graphOptions = { ...options, externalDataName: GRAPH_FILES.weights };
      const graph = buildDecoderGraph(config, weights, data, graphOptions, (layers) =>
        onLayer?.(layers, config.layers),
      );
      writeFileSync(join(folder, GRAPH_FILES.model), graph);
    } finally {
      data.close();
    }
  };
  try {
    const weightsDigest = digest(weights.paths.map(fileDigest));
    const key = digest([weightsDigest], { version: GRAPH_VERSION, config, options });
    const graph = cacheFolder === undefined ? buildTemporaryGraph(write) : cachedGraph(cacheFolder, key, write);
    return { graph, weightsDigest };
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

/** Digests of the plugin's own file and version; modules that it imports are left to the version. */
function pluginDigests({ plugin, url }: LoadedPlugin): string[] {
  const file = url.startsWith('file:') ? fileDigest(fileURLToPath(url)) : url;
  return [`plugin ${file} ${plugin.version ?? ''}`];
}
