import { messageOf } from '@frontier/errors';
import { modelUnsupported } from '../errors/engine.errors.js';
import { GRAPH_VERSION } from '../graph/decoder/decoder-graph.js';
import { digest } from '../graph/digest.js';
import { attentionCrossoverTokens, passWeightBytes, shortPromptTokens } from '../graph/pass-cost.js';
import { MAX_WEIGHT, MAX_WEIGHT_WHERE_SATURATING } from '../graph/quantization/row-quantization.js';
import { intraOpThreads } from '../machine/intra-op-threads.js';
import { type ProviderOptions, providerPrecisions } from '../runner/provider.js';
import { openModelSource } from '../source/open-model-source.js';
import { assertFits } from './memory/assert-fits.js';
import { areLayersApart } from './memory/model-memory.js';
import { pluginDigests, readDecoderParts } from './decoder-parts.js';
import type { LoadedModel } from './loaded-model.js';
import { loadOnnxDecoder } from './load-onnx-decoder.js';
import { graphCacheOf, type ModelOptions } from './model-options.js';
import { openGraph } from './open-graph.js';
import { planDecoder } from './plan-decoder.js';

/** On a graphics card a pass of so many tokens takes about as long as two of one token (docs/gpu.md). */
const GPU_CHUNK_TOKENS = 128;

/** Called while the graph is built, with how many layers are of how many. */
type OnLayer = (layers: number, of: number) => void;

/**
 * Loads a model: reads its configuration and vocabulary, builds the graph from its weights and opens the native
 * session. Blocks the event loop of this process for most of that time.
 *
 * @param onLayer called while the graph is built, with how many layers are of how many
 * @throws `model_invalid` when its files are damaged, `model_unsupported` when the engine cannot run the model or has not the memory,
 * `engine_error` when ONNX Runtime refuses the graph or the plugin throws; each message names the file and its fault
 */
export async function loadModel(options: ModelOptions, onLayer?: OnLayer): Promise<LoadedModel> {
  const processor = { int8DotSaturates: async () => (await import('../runner/onnx.js')).int8DotSaturates() };
  return loadModelOn(processor, options, onLayer);
}

/** {@link loadModel} for a processor, of which tests have another one than this machine's. */
export async function loadModelOn(
  processor: { int8DotSaturates(): Promise<boolean> },
  options: ModelOptions,
  onLayer?: OnLayer,
): Promise<LoadedModel> {
  const { path, maxBatchSize, threads = intraOpThreads() } = options;
  const source = openModelSource(path, options.dtype);
  if (source.kind === 'onnx') return loadOnnxDecoder(source, options);
  if (source.kind !== 'decoder') throw modelUnsupported(`The model in ${path} is an encoder: it generates nothing.`);
  if (options.dtype !== undefined) {
    throw modelUnsupported(`The model in ${path} is no ONNX file: it has a precision, and no dtype.`);
  }
  const { promptLookup = 0 } = options;
  if (promptLookup > 0 && (options.provider?.name ?? 'cpu') !== 'cpu') {
    throw modelUnsupported(`Prompt lookup runs on the CPU only: take it out of the model in ${path}, or its provider.`);
  }
  const config = source.readConfig();
  const { contextLength, vocabulary, plugin, eosTokenIds, defaults, warnings } = await readDecoderParts(
    source,
    config,
    options,
  );
  // Not before it is needed: the server process, which never runs a model, does not load the native library.
  const { cacheLocation, loadRunner, minRowsOf } = await import('../runner/onnx.js');
  const provider = await chooseProvider(options, warnings);
  const precisions = providerPrecisions(
    provider.name,
    options.precision ?? (provider.name === 'cpu' ? source.defaultPrecision : 'fp32'),
    options.prefillPrecision,
  );
  let { maxCacheTokens, prefixCacheBytes } = options;
  if (provider.name === 'cpu') {
    const wholeCacheTokens = maxBatchSize * contextLength;
    const need = {
      path,
      wholeCacheTokens,
      maxCacheTokens,
      prefixCacheBytes,
      int4Share: source.int4Share(),
      ...precisions,
    };
    const cache = assertFits(config, need);
    ({ maxCacheTokens, prefixCacheBytes } = cache);
    if (cache.warning !== undefined) warnings.push(cache.warning);
  }
  const maxWeight = (await processor.int8DotSaturates()) ? MAX_WEIGHT_WHERE_SATURATING : MAX_WEIGHT;
  const attention = provider.name === 'cuda' ? ('basic' as const) : ('fused' as const);
  const isStaged = provider.name === 'cpu';
  const cache = cacheLocation(provider.name);
  const isApart = isStaged && areLayersApart({ ...precisions, int4Share: source.int4Share() });
  const graphOptions = { contextLength, cache, attention, maxWeight, isStaged, isApart, ...precisions };
  const { layers, kvHeads, headDim, vocabSize, hiddenSize } = config;
  const shape = { layers, kvHeads, headDim, vocabSize, maxBatchSize, contextLength };
  const cost = {
    weightBytes: passWeightBytes(config, precisions.precision),
    attentionCrossoverTokens: attentionCrossoverTokens(config),
    shortPromptTokens: shortPromptTokens(config),
  };
  const minRows = provider.name === 'cpu' ? await minRowsOf(precisions.precision) : 1;
  const opened = await openGraph(
    {
      openWeights: () => source.openWeights(),
      plan: (weights) => planDecoder(weights, { config, options: graphOptions, onLayer }),
      cache: graphCacheOf(options),
    },
    (graph) =>
      loadRunner(graph, {
        ...shape,
        ...cost,
        minRows,
        threads,
        provider,
        ...(isStaged && { staged: { hiddenSize } }),
      }),
  );
  return {
    config,
    vocabulary,
    runner: opened.session,
    maxCacheTokens,
    prefixCacheBytes,
    ...(provider.name !== 'cpu' && { prefillChunkTokens: GPU_CHUNK_TOKENS }),
    eosTokenIds,
    defaults,
    ...(plugin && { plugin: plugin.plugin }),
    fingerprint: digest([opened.weightsDigest, ...source.textDigests(), ...pluginDigests(plugin)], {
      provider,
      graphOptions,
      version: GRAPH_VERSION,
    }),
    provider: provider.name,
    precision: precisions.precision,
    graphOrigin: opened.origin,
    warnings: [...warnings, ...opened.warnings],
  };
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
