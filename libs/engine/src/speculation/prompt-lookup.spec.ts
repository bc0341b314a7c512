import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PromptLookup } from './prompt-lookup.js';

/** The draft by a search of all tokens, from the end. */
function search(tokens: readonly number[], maxTokens: number): number[] {
  for (const n of [4, 3, 2]) {
    const last = tokens.slice(-n).join();
    for (let end = tokens.length - 1; end >= n && tokens.length > n; end--) {
      if (tokens.slice(end - n, end).join() === last) return tokens.slice(end, end + maxTokens);
    }
  }
  return [];
}

describe(PromptLookup.name, () => {
  it('drafts what followed the last tokens when they occurred before', () => {
    const lookup = new PromptLookup(Int32Array.of(1, 2, 3, 4, 5, 9, 1, 2));
    expect(lookup.draft(3)).toEqual([3, 4, 5]);
    lookup.append(3);
    expect(lookup.draft(16)).toEqual([4, 5, 9, 1, 2, 3]);
    lookup.append(7);
    expect(lookup.draft(16)).toEqual([]);
  });

  it('prefers the longest match, and of equal ones the most recent', () => {
    const lookup = new PromptLookup(Int32Array.of(1, 2, 3, 8, 7, 2, 3, 9, 1, 2, 3));
    expect(lookup.draft(1)).toEqual([8]);
    const recent = new PromptLookup(Int32Array.of(2, 3, 8, 2, 3, 9, 2, 3));
    expect(recent.draft(1)).toEqual([9]);
  });

  it('drafts the same as a search of all tokens, after each of them', () => {
    const tokens = fc.array(fc.oneof(fc.nat({ max: 2 }), fc.nat({ max: 49_151 }), fc.constant(262_143)), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(tokens, fc.nat({ max: 200 }), fc.nat({ max: 16 }), (all, promptTokens, maxTokens) => {
        const prompt = all.slice(0, promptTokens);
        const lookup = new PromptLookup(Int32Array.from(prompt));
        expect(lookup.draft(maxTokens)).toEqual(maxTokens === 0 ? [] : search(prompt, maxTokens));
        for (const [i, token] of all.slice(promptTokens).entries()) {
          lookup.append(token);
          expect(lookup.draft(maxTokens)).toEqual(
            maxTokens === 0 ? [] : search(all.slice(0, promptTokens + i + 1), maxTokens),
          );
        }
      }),
    );
  });

  it('goes on after many times the tokens of the prompt', () => {
    const all = Array.from({ length: 1500 }, (_, i) => (i * i * 31) % 97);
    const lookup = new PromptLookup(Int32Array.from(all.slice(0, 3)));
    for (const [i, token] of all.slice(3).entries()) {
      lookup.append(token);
      if (i % 50 === 0) expect(lookup.draft(16)).toEqual(search(all.slice(0, i + 4), 16));
    }
  });
});
