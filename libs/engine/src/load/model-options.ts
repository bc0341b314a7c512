import { modelUnsupported } from '../errors/engine.errors.js';
import type { Precision } from '../graph/quantization/precision.js';
import type { GraphCacheOptions } from '../graph-store/graph-store.js';
import type { ProviderOptions } from '../runner/provider.js';
import type { Dtype } from '../source/onnx-place.js';

/** Which model to load, and how large its batches and sequences may be. */
export interface ModelOptions {
  /** A folder in the Hugging Face layout (`config.json`, `*.safetensors` or `*.onnx`, `tokenizer.json`), a GGUF file or an ONNX file. */
  path: string;
  /** The variant of a model in ONNX files; default: the first of {@link DTYPES} that is there. */
  dtype?: Dtype;
  /** Sequences that decode at once at most. */
  maxBatchSize: number;
  /**
   * The longest sequence in tokens, at most what the model was made for; default: that, but no more than
   * {@link DEFAULT_MAX_CONTEXT_LENGTH}.
   */
  contextLength?: number;
  /** Cache tokens of the running sequences together at most, as in `EngineOptions`; for the estimate of memory. */
  maxCacheTokens?: number;
  /** Bytes of the prefix cache, as in `EngineOptions`; default: a part of what the memory has room for. */
  prefixCacheBytes?: number;
  /** The precision of the weights in decode passes; default: that of the format (`ModelSource.defaultPrecision`). */
  precision?: Precision;
  /**
   * The precision of prompts; default: `int8` where `precision` is `int4`, else the same. Another one than
   * `precision` takes memory for its own weights.
   */
  prefillPrecision?: Precision;
  /** A folder that keeps built graphs for the next start; without it, they are built at each. */
  graphCache?: string;
  /** Bytes that the graphs in that folder may take together; default {@link DEFAULT_GRAPH_CACHE_MAX_BYTES}. */
  graphCacheMaxBytes?: number;
  /** Threads of one pass; 0 takes all cores. Default: those that the process may use. */
  threads?: number;
  /** The execution provider, with ONNX Runtime's options for it; default: the CPU. */
  provider?: ProviderOptions;
  /** Runs on the CPU where the provider is not available, instead of failing. */
  fallback?: 'cpu';
  /** The `promptLookup` of requests that name none; default: none is drafted. On the CPU. */
  promptLookup?: number;
  /** The module of an {@link EnginePlugin}: a package, a file URL or a path (see `loadPlugin`). Default: none. */
  plugin?: string;
}

/** 10 GiB: a model of 7 billion parameters in 8 bits, and smaller ones. */
export const DEFAULT_GRAPH_CACHE_MAX_BYTES = 10 * 2 ** 30;

/** A longer context is one that nobody asks for by accident: its tables alone take gigabytes, and seconds at each start. */
export const DEFAULT_MAX_CONTEXT_LENGTH = 2 ** 18;

/** The place where the graph of a model is kept; `undefined` where it is built at each start. */
export function graphCacheOf({ graphCache, graphCacheMaxBytes }: ModelOptions): GraphCacheOptions | undefined {
  if (graphCache === undefined) return undefined;
  return { folder: graphCache, maxBytes: graphCacheMaxBytes ?? DEFAULT_GRAPH_CACHE_MAX_BYTES };
}

/**
 * Proves that a model which runs on the CPU alone gets no other provider.
 * @param models of which kind it is, for the message
 * @throws `model_unsupported`
 */
export function assertOnCpu(models: string, provider: ProviderOptions | undefined): void {
  if (!provider || provider.name === 'cpu') return;
  throw modelUnsupported(`${models} run on the CPU alone, not on the provider ${provider.name}. Leave it out.`);
}
