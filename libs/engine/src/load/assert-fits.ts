import { modelUnsupported } from '../errors/engine.errors.js';
import type { ModelConfig } from '../model/model-config.js';
import { providerPrecisions } from '../runner/provider.js';
import { memoryLimit } from './memory-limit.js';
import { estimateModelMemory, type MemoryOptions } from './model-memory.js';

interface MemoryNeed extends MemoryOptions {
  path: string;
  /** Cache tokens of the running sequences together at most. */
  maxCacheTokens: number;
}

/** Precisions that a model which does not fit may take instead, the best first. */
const SMALLER = [
  ['int8', providerPrecisions('cpu', 'int8', undefined)],
  ['int4 for prompts as well', providerPrecisions('cpu', 'int4', 'int4')],
] as const;

/**
 * Proves that a model can be loaded into the memory that there is.
 * @returns a warning where it can, but has no room for a full cache
 * @throws `model_unsupported` naming the need and the limit, and what to do
 */
export function assertFits(
  config: ModelConfig,
  { path, maxCacheTokens, ...options }: MemoryNeed,
  limit = memoryLimit(),
): string[] {
  const { weights, process, cacheToken } = estimateModelMemory(config, options);
  const parts = `weights ${gigabytes(weights)}, process ${gigabytes(process)}`;
  const available = `this ${limit.of} has ${gigabytes(limit.bytes)}`;
  const advice = (): string => adviceFor(config, Math.min(limit.bytes, weights + process - 1), options.int4Share);
  if (weights + process > limit.bytes) {
    throw modelUnsupported(
      `The model in ${path} needs about ${gigabytes(weights + process)} of memory (${parts}) and more for its cache, but ${available}. ${advice()}.`,
    );
  }
  const room = Math.floor((limit.bytes - weights - process) / cacheToken);
  if (room >= maxCacheTokens) return [];
  const cache = cacheToken * maxCacheTokens;
  // Fewer tokens could not hold a prompt of one and its completion.
  const whatToDo =
    room < 2 ? advice() : `Set KV_CACHE_TOKENS to ${room} or less, or a smaller context_length or max_batch_size`;
  return [
    `With a full cache it needs about ${gigabytes(weights + process + cache)} of memory (${parts}, ${maxCacheTokens} tokens of cache ${gigabytes(cache)}), but ${available}. ${whatToDo}.`,
  ];
}

/** @param maxBytes what the model may need with it */
function adviceFor(config: ModelConfig, maxBytes: number, int4Share?: number): string {
  for (const [precision, options] of SMALLER) {
    const { weights, process } = estimateModelMemory(config, { ...options, int4Share });
    const need = weights + process;
    if (need <= maxBytes) return `Raise the limit, or take precision ${precision}, which needs ${gigabytes(need)}`;
  }
  return 'Raise the limit, or take a smaller model';
}

/** Bytes in words. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 1)} GB`;
}
