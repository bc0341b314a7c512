import { providerPrecisions } from '../runner/provider.js';
import { openModelSource } from '../source/open-model-source.js';
import { estimateEncoderMemory } from './memory/assert-encoder-fits.js';
import { readOnnxWeights } from '../onnx/format/onnx-weights.js';
import type { OnnxSource } from '../source/onnx-source.js';
import { readOnnxMemory } from './load-onnx-decoder.js';
import { PROCESS_BYTES as ONNX_PROCESS_BYTES } from './memory/assert-weights-fit.js';
import { estimateModelMemory, type ModelMemory } from './memory/model-memory.js';
import { DEFAULT_MAX_CONTEXT_LENGTH, type ModelOptions } from './model-options.js';

/**
 * Estimates the memory of a model on the CPU from its files, without loading it.
 * @returns also the cache tokens of all sequences together at most
 * @throws `model_invalid` or `model_unsupported`, as loading it would
 */
export function readModelMemory(
  options: ModelOptions & { takesTensors?: boolean },
): ModelMemory & { maxCacheTokens: number } {
  const source = openModelSource(options.path, options.dtype);
  if (source.kind === 'onnx') {
    if (source.readTask() === 'generate' && !options.takesTensors) return readOnnxMemory(source, options);
    return { weights: onnxWeightBytes(source), process: ONNX_PROCESS_BYTES, cacheToken: 0, maxCacheTokens: 0 };
  }
  if (source.kind === 'encoder') {
    const precision = options.precision === 'int8' ? 'int8' : 'fp32';
    const { config, maxTokens } = source.readEncoder();
    const need = { precision, maxTokens: options.contextLength ?? maxTokens } as const;
    return { ...estimateEncoderMemory(config, need), maxCacheTokens: 0 };
  }
  const config = source.readConfig();
  const precision = options.precision ?? source.defaultPrecision;
  const { maxBatchSize, contextLength = Math.min(config.maxPositions, DEFAULT_MAX_CONTEXT_LENGTH) } = options;
  return {
    ...estimateModelMemory(config, {
      ...providerPrecisions('cpu', precision, options.prefillPrecision),
      int4Share: source.int4Share(),
    }),
    maxCacheTokens: options.maxCacheTokens ?? maxBatchSize * contextLength,
  };
}

function onnxWeightBytes(source: OnnxSource): number {
  const file = source.open();
  try {
    return readOnnxWeights(file.model.graph).bytes;
  } finally {
    file.close();
  }
}
