import { describe, expect, it } from 'vitest';
import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { HeadlessDecoderConfig } from '../../encoder/config/headless-decoder-config.js';
import { assertEncoderFits } from './assert-encoder-fits.js';

/** XLM-R large, but for its embedding. */
const LARGE = { layers: 24, hiddenSize: 1024, intermediateSize: 4096, vocabSize: 250_002 } as EncoderConfig;

describe(assertEncoderFits, () => {
  const assert = (precision: 'fp32' | 'int8', bytes: number): void =>
    assertEncoderFits(LARGE, { path: '/models/xlm-r', precision, maxTokens: 512 }, { bytes, of: 'container' });

  it('refuses a model that has not the memory, and names need, limit and what to do', () => {
    expect(() => assert('fp32', 1e9)).toThrow(
      /needs about 1\.34 GB of memory, but this container has 1\.00 GB\. Raise the limit, or take the precision int8\./,
    );
    expect(() => assert('int8', 4e8)).toThrow(/Raise the limit, or take a smaller model\./);
  });

  it('counts the longest pass of a decoder', () => {
    // Qwen3-Embedding-0.6B
    const decoder = {
      family: 'decoder',
      layers: 28,
      hiddenSize: 1024,
      intermediateSize: 3072,
      heads: 16,
      kvHeads: 8,
      headDim: 128,
    } as HeadlessDecoderConfig;
    const fits = (maxTokens: number, bytes: number): void =>
      assertEncoderFits(decoder, { path: '/models/qwen3', precision: 'int8', maxTokens }, { bytes, of: 'container' });
    expect(() => fits(2048, 2e9)).not.toThrow();
    expect(() => fits(8192, 2e9)).toThrow(/needs about 4\.09 GB .* set a context_length of less than 8192\./);
    expect(() => fits(2048, 5e8)).toThrow(/take a smaller model/);
  });

  it('lets a model pass that has it', () => {
    expect(() => assert('fp32', 1.5e9)).not.toThrow();
    expect(() => assert('int8', 1e9)).not.toThrow();
  });
});
