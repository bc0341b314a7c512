import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DenseLayer } from './dense-layer.js';
import { EncoderOutputs } from './encoder-outputs.js';
import { POOLING_MODES } from './pooling.js';

const CHAIN = { pooling: ['mean'], includesPrompt: true, steps: [] } as const;
/** Three tokens of two elements. */
const TOKENS = { values: Float32Array.of(1, -2, 3, 4, 5, -6), size: 2 };

describe(EncoderOutputs, () => {
  it.each([
    ['cls', [1, -2], [3, 4]],
    ['max', [5, 4], [5, 4]],
    ['mean', [3, -4 / 3], [4, -1]],
    ['mean_sqrt_len_tokens', [9 / Math.sqrt(3), -4 / Math.sqrt(3)], [8 / Math.sqrt(2), -2 / Math.sqrt(2)]],
    ['weightedmean', [22 / 6, -12 / 6], [21 / 5, -10 / 5]],
    ['lasttoken', [5, -6], [5, -6]],
  ] as const)('pools by %s, with and without a prompt', (mode, whole, behindPrompt) => {
    const outputs = new EncoderOutputs('vector', { ...CHAIN, pooling: [mode], includesPrompt: false }, 2);
    for (const [promptTokens, expected] of [[0, whole] as const, [1, behindPrompt] as const]) {
      const vector = outputs.of(TOKENS, 'vector', { promptTokens })!;
      for (const [i, value] of expected.entries()) expect(vector[i]).toBeCloseTo(value, 6);
    }
    const counted = new EncoderOutputs('vector', { ...CHAIN, pooling: [mode] }, 2);
    expect(counted.of(TOKENS, 'vector', { promptTokens: 1 })).toEqual(outputs.of(TOKENS, 'vector'));
  });

  it('takes the last token that is no padding, and the first of a text of nothing else', () => {
    const outputs = new EncoderOutputs('logits', { ...CHAIN, pooling: ['lasttoken'], paddingToken: 9 }, 2);
    const last = (...tokens: number[]) => [...outputs.of(TOKENS, 'logits', { tokens: Int32Array.from(tokens) })!];
    expect([last(1, 9, 2), last(1, 2, 9), last(1, 9, 9), last(9, 9, 9)]).toEqual([
      [5, -6],
      [3, 4],
      [1, -2],
      [1, -2],
    ]);
  });

  it('makes vectors of the length 1, and leaves zeros as they are', () => {
    const outputs = new EncoderOutputs('vector', { ...CHAIN, steps: ['normalize'] }, 2);
    expect(outputs.isNormalized).toBe(true);
    fc.assert(
      fc.property(fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 4, maxLength: 4 }), (given) => {
        const vector = outputs.of({ values: Float32Array.from(given), size: 2 }, 'vector')!;
        const length = Math.hypot(...vector);
        // Lengths that float32 can hardly tell from 0 are divided by 1e-12.
        expect(
          length < 1.000001 && (length > 0.999999 || Math.hypot(given[0] + given[2], given[1] + given[3]) < 1e-10),
        ).toBe(true);
      }),
    );
    expect([...outputs.of({ values: new Float32Array(2), size: 2 }, 'vector')!]).toEqual([0, 0]);
  });

  it('has no output that is not finite, whichever way it is pooled', () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      for (const mode of POOLING_MODES) {
        const outputs = new EncoderOutputs('vector', { ...CHAIN, pooling: [mode] }, 1);
        // One value: it is the first and the last, and no other is larger.
        expect(outputs.of({ values: Float32Array.of(bad), size: 1 }, 'vector')).toBeUndefined();
      }
    }
    expect(
      new EncoderOutputs('vector', CHAIN, 1).of({ values: Float32Array.of(1, NaN), size: 1 }, 'tokens'),
    ).toBeUndefined();
  });

  it('has the vectors of tokens, as a copy, where these are as long as those of texts', () => {
    const outputs = new EncoderOutputs('vector', CHAIN, 2);
    const found = outputs.of(TOKENS, 'tokens')!;
    expect(found).toEqual(TOKENS.values);
    expect(found.buffer).not.toBe(TOKENS.values.buffer);
    const dense = new DenseLayer(Float32Array.of(1, 2), undefined, 2, 'identity');
    expect(
      [outputs, new EncoderOutputs('vector', { ...CHAIN, steps: [dense] }, 2)].map((some) => some.has('tokens')),
    ).toEqual([true, false]);
    const classifier = new EncoderOutputs('logits', CHAIN, 2);
    expect((['vector', 'tokens', 'logits'] as const).map((output) => classifier.has(output))).toEqual([
      false,
      false,
      true,
    ]);
  });
});
