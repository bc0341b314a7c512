import type { GenerationEvent } from '@frontier/batching';
import { describe, expect, it } from 'vitest';
import { GENERATION_ENTRIES } from './generation-entries.js';

const entry = { token: 1, logprob: -1, rank: 1, bytes: [97] };

describe('GENERATION_ENTRIES', () => {
  it('counts the probabilities of answers and of prompts, whose first token has none', () => {
    const likely = Array.from({ length: 20 }, () => entry);
    const prompt = [
      { ...entry, logprob: null, top: [] },
      ...Array.from({ length: 600 }, () => ({ ...entry, top: likely })),
    ];
    const event = { index: 0, text: 'a', generated: 1 } as GenerationEvent;
    expect(GENERATION_ENTRIES.isSmall([event])).toBe(true);
    expect(GENERATION_ENTRIES.isSmall([{ ...event, promptLogprobs: prompt }])).toBe(false);
    expect(GENERATION_ENTRIES.isSmall([{ ...event, promptLogprobs: prompt.slice(0, 300) }])).toBe(true);
    expect(GENERATION_ENTRIES.isSmall([{ ...event, logprobs: prompt.slice(1) as GenerationEvent['logprobs'] }])).toBe(
      false,
    );
  });
});
