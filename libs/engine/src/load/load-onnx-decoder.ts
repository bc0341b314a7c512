import { modelUnsupported } from '../errors/engine.errors.js';
import { digest } from '../graph/digest.js';
import { shortPromptTokens } from '../graph/pass-cost.js';
import { type DecoderLayout, readDecoderLayout } from '../onnx/decoder/decoder-layout.js';
import { IMPORT_VERSION, importDecoder } from '../onnx/decoder/import-decoder.js';
import type { OnnxFile } from '../onnx/format/onnx-file.js';
import { type OnnxWeights, readOnnxWeights } from '../onnx/format/onnx-weights.js';
import type { ConfigReader } from '../model/config-reader.js';
import { intraOpThreads } from '../machine/intra-op-threads.js';
import type { OnnxSource } from '../source/onnx-source.js';
import { fitCache } from './memory/assert-fits.js';
import { refusing } from '../errors/refused-graph.js';
import { pluginDigests, readDecoderParts } from './decoder-parts.js';
import type { LoadedModel } from './loaded-model.js';
import { cacheTokenBytes, type ModelMemory, processBytes } from './memory/model-memory.js';
import { assertOnCpu, DEFAULT_MAX_CONTEXT_LENGTH, graphCacheOf, type ModelOptions } from './model-options.js';
import { openGraph } from './open-graph.js';

/** Sums over more elements would have other bits beside other sequences (see `DecodeAttention`). */
const MAX_HEAD_DIM = 256;
const HEAD_DIM_STEP = 8;

/** The longest sequence of a decoder whose configuration names none. */
const DEFAULT_POSITIONS = 2048;

/** What a decoder's files say of it. */
interface Description {
  layout: DecoderLayout;
  heads: number;
  maxPositions: number;
  eosTokenIds: number[];
  architecture: string;
  weights: OnnxWeights;
}

/**
 * Loads a decoder that was exported to ONNX: its graph is kept, with the engine's attention in place of its own.
 * @throws as `loadModel`; `model_unsupported` names the node that cannot be replaced
 */
export async function loadOnnxDecoder(source: OnnxSource, options: ModelOptions): Promise<LoadedModel> {
  const { path, maxBatchSize, threads = intraOpThreads(), provider = { name: 'cpu' } } = options;
  refuseOptions(options);
  const { layout, heads, maxPositions, eosTokenIds: ends, architecture, weights } = describe(source);
  const parts = await readDecoderParts(source, { maxPositions, eosTokenIds: ends }, options);
  const { contextLength, vocabulary, plugin, eosTokenIds, defaults } = parts;
  const warnings = [...source.place.warnings, ...parts.warnings];
  const memory = memoryOf(layout, weights);
  const advice = (): string => 'Raise the limit, or take a smaller model or another dtype';
  const { maxCacheTokens: asked, prefixCacheBytes: askedBytes } = options;
  const need = {
    path,
    wholeCacheTokens: maxBatchSize * contextLength,
    maxCacheTokens: asked,
    prefixCacheBytes: askedBytes,
  };
  const { warning, ...cache } = fitCache(memory, { ...need, advice });
  if (warning !== undefined) warnings.push(warning);
  // Not before they are needed: the server process, which never runs a model, does not load the native library.
  const { loadRunner, minRowsOf } = await import('../runner/onnx.js');
  const { runGraph } = await import('../onnx/decoder/run-graph.js');
  const minRows = await minRowsOf(weights.hasBlocks ? 'int4' : 'fp32');
  const cost = {
    weightBytes: weights.bytes,
    attentionCrossoverTokens: weights.elements / (4 * layout.layers * heads * layout.headDim),
    shortPromptTokens: shortPromptTokens(layout),
  };
  const settings = { version: IMPORT_VERSION, heads, maxPositions };
  const opened = await openGraph(
    {
      openWeights: () => source.open(),
      plan: (file: OnnxFile) => ({
        settings,
        build: (data, dataName) => importDecoder(file, data, { layout, heads, maxPositions, run: runGraph, dataName }),
      }),
      cache: graphCacheOf(options),
    },
    (graph) =>
      loadRunner(graph, { ...layout, ...cost, maxBatchSize, contextLength, minRows, threads, provider }).catch(
        refusing(source.place.file),
      ),
  );
  return {
    config: { architecture, ...layout },
    vocabulary,
    runner: opened.session,
    ...cache,
    eosTokenIds,
    defaults,
    ...(plugin && { plugin: plugin.plugin }),
    fingerprint: digest([opened.weightsDigest, ...source.textDigests(), ...pluginDigests(plugin)], settings),
    provider: 'cpu',
    graphOrigin: opened.origin,
    warnings: [...warnings, ...opened.warnings],
  };
}

/**
 * Estimates the memory of a decoder in an ONNX file, as `readModelMemory` does.
 * @throws as {@link loadOnnxDecoder}
 */
export function readOnnxMemory(source: OnnxSource, options: ModelOptions): ModelMemory & { maxCacheTokens: number } {
  const { layout, weights, maxPositions } = describe(source);
  const { maxBatchSize, contextLength = Math.min(maxPositions, DEFAULT_MAX_CONTEXT_LENGTH) } = options;
  return { ...memoryOf(layout, weights), maxCacheTokens: options.maxCacheTokens ?? maxBatchSize * contextLength };
}

function memoryOf(layout: DecoderLayout, weights: OnnxWeights): ModelMemory {
  return { weights: weights.bytes, process: processBytes(layout.vocabSize), cacheToken: cacheTokenBytes(layout) };
}

function refuseOptions({ path, precision, prefillPrecision, provider }: ModelOptions): void {
  if (precision !== undefined || prefillPrecision !== undefined) {
    throw modelUnsupported(
      `The model in ${path} is an ONNX file, which has its precision: leave it out, or set dtype.`,
    );
  }
  assertOnCpu('ONNX files', provider);
}

function describe(source: OnnxSource): Description {
  const config = source.readConfig();
  const file = source.open();
  try {
    const layout = readDecoderLayout(file);
    const { headDim, kvHeads } = layout;
    if (headDim % HEAD_DIM_STEP !== 0 || headDim > MAX_HEAD_DIM) {
      throw modelUnsupported(
        `${file.path}: heads of ${headDim} elements are not supported: attention takes multiples of ${HEAD_DIM_STEP} of at most ${MAX_HEAD_DIM}.`,
      );
    }
    return {
      layout,
      heads: sizeOf(config, ['num_attention_heads', 'n_head', 'num_heads'], kvHeads),
      maxPositions: sizeOf(
        config,
        ['max_position_embeddings', 'n_positions', 'n_ctx', 'max_seq_len'],
        DEFAULT_POSITIONS,
      ),
      eosTokenIds: config.tokenIds('eos_token_id'),
      architecture: architectureOf(config),
      weights: readOnnxWeights(file.model.graph),
    };
  } finally {
    file.close();
  }
}

/** The first of several fields that there is: each family has a name of its own for it. */
function sizeOf(config: ConfigReader, names: readonly string[], fallback?: number): number {
  const name = names.find((each) => config.value(each) !== undefined);
  return config.size(name ?? names[0], fallback);
}

function architectureOf(config: ConfigReader): string {
  const list = config.value('architectures');
  const name: unknown = Array.isArray(list) ? list[0] : config.value('model_type');
  return typeof name === 'string' ? name : 'unknown';
}
