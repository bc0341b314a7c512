import { describe, expect, it } from 'vitest';
import { seededRandom } from './random.js';
import { Sampler } from './sampler.js';
import { DEFAULT_SAMPLING_PARAMS, type SamplingParams } from './sampling-params.js';
import type { SamplingState } from './sampling-state.js';

function aState(params: Partial<SamplingParams> = {}, state: Partial<SamplingState> = {}): SamplingState {
  return {
    params: { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, ...params },
    random: seededRandom(1),
    seen: new Set(),
    counts: new Map(),
    generated: 0,
    endTokens: new Set(),
    outputTokens: [],
    ...state,
  };
}

const greedy = (logits: number[], state: SamplingState): number =>
  new Sampler(logits.length).sample(
    { argmax: logits.indexOf(Math.max(...logits)), logits: Float32Array.from(logits) },
    state,
  ).token;

describe(Sampler.name, () => {
  it('takes the most likely token at temperature 0, the lower id of equals', () => {
    expect(greedy([1, 5, 5, 2], aState())).toBe(1);
  });

  it('takes a temperature next to 0 for 0', () => {
    expect(greedy([1, 5, 4.9999, 2], aState({ temperature: 1e-305, topP: 0.9 }))).toBe(1);
  });

  it('adds the bias of single tokens', () => {
    expect(greedy([1, 5, 4], aState({ logitBias: new Map([[2, 1.5]]) }))).toBe(2);
    expect(greedy([1, 5, 4], aState({ logitBias: new Map([[1, -100]]) }))).toBe(2);
  });

  it('ignores a bias of a token that the vocabulary does not have', () => {
    expect(greedy([1, 5, 4], aState({ logitBias: new Map([[3, 100]]) }))).toBe(1);
  });

  it('divides positive and multiplies negative logits of tokens in prompt and answer by the repetition penalty', () => {
    const state = aState({ repetitionPenalty: 2 }, { seen: new Set([1, 2]) });
    expect(greedy([2, 3.9, 3], state)).toBe(0);
    expect(greedy([-3, -1, -1.6], state)).toBe(1);
  });

  it('subtracts the frequency penalty per occurrence and the presence penalty once', () => {
    const counts = new Map([[0, 3]]);
    expect(greedy([4, 2.9], aState({ frequencyPenalty: 0.4 }, { counts }))).toBe(1);
    expect(greedy([4, 2.9], aState({ presencePenalty: 1 }, { counts }))).toBe(0);
    expect(greedy([4, 2.9], aState({ presencePenalty: 1.2 }, { counts }))).toBe(1);
  });

  it('does not choose an end token before the minimum length', () => {
    const endTokens = new Set([1]);
    expect(greedy([1, 5], aState({ minNewTokens: 2 }, { endTokens, generated: 1 }))).toBe(0);
    expect(greedy([1, 5], aState({ minNewTokens: 2 }, { endTokens, generated: 2 }))).toBe(1);
  });

  it('repeats itself with the same seed, and differs with another', () => {
    const draw = (seed: number): number[] => {
      const state = aState({ temperature: 1 }, { random: seededRandom(seed) });
      const sampler = new Sampler(100);
      return Array.from(
        { length: 20 },
        () => sampler.sample({ argmax: 0, logits: new Float32Array(100) }, state).token,
      );
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(draw(7)).not.toEqual(draw(7 + 2 ** 32));
  });
});

describe(seededRandom, () => {
  it('is uniform over [0, 1)', () => {
    const random = seededRandom(3);
    const bins = new Int32Array(10);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(random() * 10)]++;
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });
});
