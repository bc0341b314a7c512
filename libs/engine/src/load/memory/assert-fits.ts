import { modelUnsupported } from '../../errors/engine.errors.js';
import type { ModelConfig } from '../../model/model-config.js';
import { providerPrecisions } from '../../runner/provider.js';
import { type MemoryLimit, memoryLimit } from './memory-limit.js';
import { estimateModelMemory, type MemoryOptions, type ModelMemory } from './model-memory.js';

interface CacheNeed {
  path: string;
  /** Cache tokens that all sequences of a batch could have. */
  wholeCacheTokens: number;
  /** Cache tokens that were asked for; default: all, or what the memory has room for. */
  maxCacheTokens?: number;
  /** Bytes of the prefix cache that were asked for; default: {@link defaultPrefixBytes}. */
  prefixCacheBytes?: number;
}

type MemoryNeed = CacheNeed & MemoryOptions;

/** The caches of a model that fits. */
interface FittingCache {
  maxCacheTokens: number;
  prefixCacheBytes: number;
  /** Set where it is not whole, or could outgrow the memory. */
  warning?: string;
}

/** Sequences that run, and preempted ones, which may keep as much. */
const CACHES = 2;

/** Of what weights and process leave, the part for keys and values of earlier prompts. */
const PREFIX_SHARE = 0.25;
/** On a machine that is not a container's, others want memory as well. */
const MAX_MACHINE_PREFIX_BYTES = 2 ** 30;

/** Precisions that a model which does not fit may take instead, the best first. */
const SMALLER = [
  ['int8', providerPrecisions('cpu', 'int8', undefined)],
  ['int4 for prompts as well', providerPrecisions('cpu', 'int4', 'int4')],
] as const;

/**
 * Proves that a model can be loaded into the memory that there is, and finds how large its cache may become.
 * @throws `model_unsupported` naming the need and the limit, and what to do
 */
export function assertFits(
  config: ModelConfig,
  { path, wholeCacheTokens, maxCacheTokens, prefixCacheBytes, ...options }: MemoryNeed,
  limit = memoryLimit(),
): FittingCache {
  const memory = estimateModelMemory(config, options);
  const advice = (maxBytes: number): string => smallerPrecision(config, maxBytes, options.int4Share);
  return fitCache(memory, { path, wholeCacheTokens, maxCacheTokens, prefixCacheBytes, advice }, limit);
}

/**
 * As {@link assertFits}, for a model of known needs.
 * @param need with what to do beside raising the limit, where the model may take so many bytes only
 */
export function fitCache(
  { weights, process, cacheToken }: ModelMemory,
  {
    path,
    wholeCacheTokens,
    maxCacheTokens,
    prefixCacheBytes: askedPrefixBytes,
    advice,
  }: CacheNeed & { advice: (maxBytes: number) => string },
  limit = memoryLimit(),
): FittingCache {
  const free = limit.bytes - weights - process;
  const wanted = maxCacheTokens === undefined ? 0 : cacheToken * maxCacheTokens * CACHES;
  const prefixCacheBytes = askedPrefixBytes ?? defaultPrefixBytes(free, wanted, limit);
  const parts = `weights ${gigabytes(weights)}, process ${gigabytes(process)}`;
  const available = `this ${limit.of} has ${gigabytes(limit.bytes)}`;
  const room = Math.floor((free - prefixCacheBytes) / cacheToken / CACHES);
  // Fewer tokens could not hold a prompt of one and its completion.
  if (room < 2) {
    throw modelUnsupported(
      `The model in ${path} needs about ${gigabytes(weights + process)} of memory (${parts}) and more for its cache, but ${available}. ${advice(Math.min(limit.bytes, weights + process - 1))}.`,
    );
  }
  const asked = maxCacheTokens ?? wholeCacheTokens;
  if (room >= asked) return { maxCacheTokens: asked, prefixCacheBytes };
  const cache = cacheToken * asked * CACHES;
  const need = `With full caches it needs about ${gigabytes(weights + process + cache + prefixCacheBytes)} of memory (${parts}, ${asked} tokens of cache and as many of preempted sequences ${gigabytes(cache)}, earlier prompts ${gigabytes(prefixCacheBytes)}), but ${available}.`;
  if (maxCacheTokens !== undefined) {
    return { maxCacheTokens, prefixCacheBytes, warning: `${need} Set KV_CACHE_TOKENS to ${room} or less.` };
  }
  return {
    maxCacheTokens: room,
    prefixCacheBytes,
    warning: `${need} Its running sequences have ${room} tokens together: raise the limit, or set a smaller context_length or max_batch_size, or KV_CACHE_TOKENS.`,
  };
}

/**
 * Bytes for keys and values of earlier prompts where nobody asked for another number.
 * @param wanted bytes for running sequences that were asked for
 */
function defaultPrefixBytes(free: number, wanted: number, { of }: MemoryLimit): number {
  const share = Math.min(PREFIX_SHARE * free, free - wanted, of === 'machine' ? MAX_MACHINE_PREFIX_BYTES : Infinity);
  return Math.max(0, Math.floor(share));
}

/**
 * The precision that a model could take instead.
 * @param maxBytes what the model may need with it
 */
function smallerPrecision(config: ModelConfig, maxBytes: number, int4Share?: number): string {
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
