import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../model/model-config.js';
import { providerPrecisions } from '../../runner/provider.js';
import { assertFits } from './assert-fits.js';
import { memoryLimit } from './memory-limit.js';
import { estimateModelMemory } from './model-memory.js';
import { layerWeights } from '../../graph/pass-cost.js';

type Shape = Pick<
  ModelConfig,
  'hiddenSize' | 'layers' | 'heads' | 'kvHeads' | 'headDim' | 'intermediateSize' | 'vocabSize'
>;

/** SmolLM2-135M. */
const SMALL = {
  hiddenSize: 576,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  headDim: 64,
  intermediateSize: 1536,
  vocabSize: 49_152,
};
/** Gemma 3 270M: most of it is the embedding. */
const WIDE = {
  hiddenSize: 640,
  layers: 18,
  heads: 4,
  kvHeads: 1,
  headDim: 256,
  intermediateSize: 2048,
  vocabSize: 262_144,
};
const DEEP = {
  hiddenSize: 1024,
  layers: 16,
  heads: 16,
  kvHeads: 8,
  headDim: 64,
  intermediateSize: 4096,
  vocabSize: 32_000,
};

const GB = 1e9;
const config = (shape: Shape): ModelConfig => shape as ModelConfig;

describe(estimateModelMemory, () => {
  // Megabytes of `RssAnon` after the warm-up, and 75 of code that is mapped (npm run bench:load, random weights in these shapes).
  it.each([
    ['fp32', SMALL, 630],
    ['int8', SMALL, 230],
    ['int4', SMALL, 318],
    ['fp32', WIDE, 1297],
    ['int8', WIDE, 498],
    ['int4', WIDE, 580],
    ['fp32', DEEP, 1212],
    ['int8', DEEP, 358],
    ['int4', DEEP, 548],
  ] as const)('is what was measured in %s, within a tenth', (precision, shape, measuredMb) => {
    const { weights, process } = estimateModelMemory(config(shape), providerPrecisions('cpu', precision, undefined));
    expect(Math.abs((weights + process) / 1e6 - measuredMb - 75)).toBeLessThan((measuredMb + 75) / 10);
  });

  it('takes a byte for each weight that int4 leaves in 8 bits', () => {
    const bytes = (precision: 'int8' | 'int4', int4Share?: number): number =>
      estimateModelMemory(config(DEEP), { ...providerPrecisions('cpu', precision, undefined), int4Share }).weights;
    expect(bytes('int4', 0)).toBe(bytes('int8'));
    expect(bytes('int4', 0.5)).toBe((bytes('int4') + bytes('int8')) / 2);
    expect(bytes('int8', 0.5)).toBe(bytes('int8'));
  });

  it('takes two for each of those where the layers of prompts are apart', () => {
    const bytes = (int4Share: number): number =>
      estimateModelMemory(config(DEEP), { ...providerPrecisions('cpu', 'int4', undefined), int4Share }).weights;
    const perWeight = (int4Share: number): number => (bytes(int4Share) - bytes(1)) / layerWeights(config(DEEP));
    expect(perWeight(0.8)).toBeCloseTo(0.2 * (2 - 1.75), 9);
    expect(perWeight(0.6)).toBeCloseTo(0.4 * (1 - 1.75), 9);
  });

  it('counts keys and values of a token in float32, with room for an eighth more', () => {
    const { cacheToken } = estimateModelMemory(config(SMALL), providerPrecisions('cpu', 'int8', undefined));
    expect(cacheToken).toBe(1.125 * 30 * 3 * 64 * 2 * 4);
  });
});

describe(assertFits, () => {
  const fits = (
    precision: 'fp32' | 'int8' | 'int4',
    bytes: number,
    cache: { wholeCacheTokens: number; maxCacheTokens?: number } = { wholeCacheTokens: 1000 },
  ): ReturnType<typeof assertFits> =>
    assertFits(
      config(DEEP),
      { path: '/models/deep', ...cache, ...providerPrecisions('cpu', precision, undefined) },
      { bytes, of: 'container' },
    );

  it('refuses what does not fit, with need, limit and a precision that fits', () => {
    expect(() => fits('fp32', 1 * GB)).toThrow(
      expect.objectContaining({
        code: 'model_unsupported',
        message:
          'The model in /models/deep needs about 1.29 GB of memory (weights 1.14 GB, process 0.15 GB) and more for its cache, ' +
          'but this container has 1.00 GB. Raise the limit, or take precision int8, which needs 0.44 GB.',
      }),
    );
    expect(() => fits('fp32', 1.2 * GB)).toThrow(/about 1\.29 GB/);
    expect(() => fits('fp32', 0.4 * GB)).toThrow(/take precision int4 for prompts as well, which needs 0\.37 GB/);
    expect(() => fits('int8', 0.2 * GB)).toThrow(/Raise the limit, or take a smaller model\.$/);
  });

  it('gives no advice that does not help', () => {
    const need = { path: '/models/wide', wholeCacheTokens: 1000, int4Share: 0 };
    const load = (): unknown =>
      assertFits(
        config(DEEP),
        { ...need, ...providerPrecisions('cpu', 'int8', undefined) },
        { bytes: 0.4 * GB, of: 'container' },
      );
    expect(load).toThrow(/Raise the limit, or take a smaller model\.$/);
    const { weights, process } = estimateModelMemory(config(DEEP), providerPrecisions('cpu', 'int8', undefined));
    expect(() => fits('int8', weights + process)).toThrow(
      / Raise the limit, or take precision int4 for prompts as well, which needs 0\.37 GB\.$/,
    );
  });

  it('takes the whole cache where there is room, else as much as there is, for what runs and as much that waits', () => {
    expect(fits('int8', 1 * GB)).toMatchObject({ maxCacheTokens: 1000 });
    const { maxCacheTokens, prefixCacheBytes, warning } = fits('int8', 1 * GB, { wholeCacheTokens: 100_000 });
    expect(warning).toMatch(
      /100000 tokens of cache and as many of preempted sequences 14\.7 GB, earlier prompts 0\.14 GB\), but this container has 1\.00 GB/,
    );
    expect(warning).toContain(`Its running sequences have ${maxCacheTokens} tokens together`);
    const { weights, process, cacheToken } = estimateModelMemory(
      config(DEEP),
      providerPrecisions('cpu', 'int8', undefined),
    );
    const rest = 1 * GB - weights - process - prefixCacheBytes;
    expect(2 * maxCacheTokens * cacheToken).toBeLessThanOrEqual(rest);
    expect(2 * (maxCacheTokens + 1) * cacheToken).toBeGreaterThan(rest);
  });

  it('gives earlier prompts a quarter of what weights and process leave, no more than 1 GiB of a machine', () => {
    const { weights, process } = estimateModelMemory(config(DEEP), providerPrecisions('cpu', 'int8', undefined));
    expect(fits('int8', 1 * GB).prefixCacheBytes).toBe(Math.floor((1 * GB - weights - process) / 4));
    const need = { path: '/m', wholeCacheTokens: 1000, ...providerPrecisions('cpu', 'int8', undefined) };
    expect(assertFits(config(DEEP), need, { bytes: 64 * GB, of: 'machine' }).prefixCacheBytes).toBe(2 ** 30);
    const own = assertFits(config(DEEP), { ...need, prefixCacheBytes: 7 }, { bytes: 1 * GB, of: 'machine' });
    expect(own.prefixCacheBytes).toBe(7);
  });

  it('takes a cache that is asked for as it is, and warns where it has no room', () => {
    const { weights, process, cacheToken } = estimateModelMemory(
      config(DEEP),
      providerPrecisions('cpu', 'int8', undefined),
    );
    const room = Math.floor((1 * GB - weights - process) / cacheToken / 2);
    const asked = (maxCacheTokens: number) => fits('int8', 1 * GB, { wholeCacheTokens: 100_000, maxCacheTokens });
    const { warning, prefixCacheBytes } = asked(room);
    expect(warning).toBeUndefined();
    expect(prefixCacheBytes).toBeLessThan(2 * cacheToken);
    expect(asked(room + 1)).toMatchObject({
      maxCacheTokens: room + 1,
      prefixCacheBytes: 0,
      warning: expect.stringContaining(`Set KV_CACHE_TOKENS to ${room} or less.`) as string,
    });
  });
});

describe(memoryLimit, () => {
  it('is that of the container, or all memory where there is none', () => {
    expect(memoryLimit(2 * GB, 8 * GB)).toEqual({ bytes: 2 * GB, of: 'container' });
    for (const none of [0, 2 ** 64]) expect(memoryLimit(none, 8 * GB)).toEqual({ bytes: 8 * GB, of: 'machine' });
  });
});
