import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SHARE_TOKENS } from '../graph/delta-cache-interface.js';
import { type NucleusOptions, NucleusSampler } from './nucleus-sampler.js';
import { STEPS_PER_OCTAVE, weightOf } from './weight-table.js';

const OFF: NucleusOptions = { temperature: 1, topK: 0, topP: 1, minP: 0 };

/** The tokens that may be drawn with their probabilities, by sorting: the definition, slowly. */
function distribution(logits: Float32Array, { temperature, topK, topP, minP }: NucleusOptions): Map<number, number> {
  const max = Math.max(...logits);
  let kept = [...logits]
    .map((logit, token) => ({ token, weight: Math.exp((logit - max) / temperature), logit }))
    .toSorted((a, b) => b.logit - a.logit || a.token - b.token)
    .filter(({ weight }) => weight >= minP);
  if (topK > 0) kept = kept.slice(0, topK);
  if (topP < 1) {
    const enough = topP * kept.reduce((sum, { weight }) => sum + weight, 0);
    let mass = 0;
    kept = kept.filter(({ weight }) => {
      const keep = mass < enough;
      mass += weight;
      return keep;
    });
  }
  const total = kept.reduce((sum, { weight }) => sum + weight, 0);
  return new Map(kept.map(({ token, weight }) => [token, weight / total]));
}

/** Draws on an even grid of [0, 1), so that counts are probabilities. */
function drawGrid(
  logits: Float32Array,
  options: NucleusOptions,
  points: number,
  shares?: Float32Array,
): Map<number, number> {
  const sampler = new NucleusSampler(logits.length);
  const best = logits.indexOf(Math.max(...logits));
  const counts = new Map<number, number>();
  for (let point = 0; point < points; point++) {
    const token = sampler.draw({ logits, best, shares }, options, () => (point + 0.5) / points);
    counts.set(token, (counts.get(token) ?? 0) + 1 / points);
  }
  return counts;
}

/** The shares of blocks, as a runner gives them. */
function sharesOf(logits: Float32Array, { temperature }: NucleusOptions): Float32Array {
  const weights = [...logits].map((logit) => Math.exp((logit - Math.max(...logits)) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from({ length: Math.ceil(logits.length / SHARE_TOKENS) }, (_, block) =>
    weights
      .slice(block * SHARE_TOKENS, (block + 1) * SHARE_TOKENS)
      .reduce((sum, weight) => sum + Math.fround(weight / total), 0),
  );
}

describe(NucleusSampler.name, () => {
  it('draws each token with its probability, whatever limits are set', () => {
    const logits = fc
      .array(fc.integer({ min: -120, max: 80 }), { minLength: 1, maxLength: 200 })
      .map((eighths) => Float32Array.from(eighths, (value) => value / 8));
    const options = fc.record({
      temperature: fc.double({ min: 0.1, max: 2, noNaN: true }),
      topK: fc.integer({ min: 0, max: 50 }),
      // Never the share of a whole number of equally likely tokens, which rounding decides.
      topP: fc.integer({ min: 1, max: 1000 }).map((n) => (n + 0.317) / 1000),
      minP: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(logits, options, (values, limits) => {
        const expected = distribution(values, limits);
        for (const shares of [undefined, sharesOf(values, limits)]) {
          const drawn = drawGrid(values, limits, 200, shares);
          for (const [token, share] of drawn) {
            expect(expected.has(token)).toBe(true);
            expect(Math.abs(share - expected.get(token)!)).toBeLessThanOrEqual(1 / 200 + 1e-5);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('keeps ties in the order of their ids', () => {
    const drawn = drawGrid(new Float32Array(8), { ...OFF, topK: 3 }, 300);
    expect([...drawn.keys()].toSorted()).toEqual([0, 1, 2]);
  });

  it('does not sort the tail of a vocabulary at a low temperature', () => {
    const logits = Float32Array.from({ length: 49_152 }, (_, token) => Math.sin(token) * 8);
    const sampler = new NucleusSampler(logits.length);
    const max = Math.max(...logits);
    const before = process.threadCpuUsage();
    for (let i = 0; i < 20; i++)
      sampler.draw({ logits, best: logits.indexOf(max) }, { ...OFF, temperature: 0.01, topK: 40 }, () => 0.5);
    const { user, system } = process.threadCpuUsage(before);
    // Sorting takes 30 ms each; this takes 1.
    expect((user + system) / 1000).toBeLessThan(200);
  });

  it('always keeps the most likely token', () => {
    expect([...drawGrid(Float32Array.of(1, 3, 2), { ...OFF, topP: 1e-9 }, 10).keys()]).toEqual([1]);
  });
});

describe(weightOf, () => {
  it('is 2^-x to 1e-12, and 0 from 2^-40 on', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 39.9, noNaN: true }), (octaves) => {
        expect(weightOf(octaves * STEPS_PER_OCTAVE) / 2 ** -octaves).toBeCloseTo(1, 11);
      }),
    );
    expect([40, 1e9, Infinity].map((octaves) => weightOf(octaves * STEPS_PER_OCTAVE))).toEqual([0, 0, 0]);
  });
});
