import type { GenerationEvent } from '@frontier/inference';
import { describe, expect, it } from 'vitest';
import { StreamUsage, toOpenAiUsage } from './usage.js';

function anEvent(index: number, generated: number, promptTokens?: number, cachedTokens = 0): GenerationEvent {
  const started = promptTokens === undefined ? undefined : { promptTokens, cachedTokens, queueMs: 0, prefillMs: 0 };
  return { index, text: '', generated, started };
}

const usage = (
  prompt_tokens: number,
  completion_tokens: number,
  cached_tokens = 0,
  [accepted, rejected] = [0, 0],
): object => ({
  prompt_tokens,
  completion_tokens,
  total_tokens: prompt_tokens + completion_tokens,
  prompt_tokens_details: { cached_tokens },
  completion_tokens_details: { accepted_prediction_tokens: accepted, rejected_prediction_tokens: rejected },
});

describe(toOpenAiUsage, () => {
  it('adds up both kinds of tokens', () => {
    expect(toOpenAiUsage({ promptTokens: 3, completionTokens: 4 })).toEqual(usage(3, 4));
    const predictions = { accepted: 2, rejected: 7 };
    expect(toOpenAiUsage({ promptTokens: 3, completionTokens: 4, predictions })).toEqual(usage(3, 4, 0, [2, 7]));
  });
});

describe(StreamUsage, () => {
  it('counts each prompt once, and the newest count of each of its completions', () => {
    const sum = new StreamUsage({ include_usage: true });
    sum.add(anEvent(0, 1, 5, 2), 0);
    sum.add(anEvent(1, 1, 5, 2), 0);
    sum.add(anEvent(0, 4), 0);
    sum.add(anEvent(0, 2, 7, 4), 1);
    expect(sum.inLastChunk()).toEqual([usage(12, 7, 6)]);
  });

  it('adds up the drafted tokens of the completions that have ended', () => {
    const sum = new StreamUsage({ include_usage: true });
    const ended = (accepted: number): GenerationEvent['finished'] => ({
      reason: 'stop',
      usage: { promptTokens: 5, completionTokens: 4, predictions: { accepted, rejected: 1 } },
      durations: { queueMs: 0, prefillMs: 0, decodeMs: 0 },
    });
    sum.add({ ...anEvent(0, 4, 5), finished: ended(3) }, 0);
    sum.add({ ...anEvent(1, 4), finished: ended(2) }, 0);
    sum.add(anEvent(2, 1), 0);
    expect(sum.inLastChunk()).toEqual([usage(5, 9, 0, [5, 2])]);
  });

  it.each([
    [{}, {}, 0],
    [{ include_usage: true }, { usage: null }, 1],
    [{ continuous_usage_stats: true }, { usage: usage(5, 1) }, 0],
    [{ include_usage: true, continuous_usage_stats: true }, { usage: usage(5, 1) }, 1],
  ])('with %j adds %j to each chunk', (options, each, last) => {
    const sum = new StreamUsage(options);
    sum.add(anEvent(0, 1, 5), 0);
    expect(sum.inEachChunk()).toEqual(each);
    expect(sum.inLastChunk()).toHaveLength(last);
  });
});
