import { describe, expect, it } from 'vitest';
import { byteVocabulary } from '../testing/byte-vocabulary.js';
import { resolveSamplingParams, type SamplingParams } from '../sampler/sampling-params.js';
import { Sequence } from './sequence.js';

const END_OF_TURN = 200;

/** A sequence whose vocabulary has a special token, after some tokens. */
function after(tokens: readonly number[], params: Partial<SamplingParams>): { text: string; stop: string | undefined } {
  const sequence = new Sequence({
    id: 'a',
    index: 0,
    priority: 'normal',
    caller: '',
    promptTokens: Int32Array.of(1),
    params: resolveSamplingParams({}, params),
    vocabulary: {
      ...byteVocabulary,
      specialTokens: new Map([['<end>', END_OF_TURN]]),
      bytesOf: (token) => (token === END_OF_TURN ? undefined : byteVocabulary.bytesOf(token)),
      specialTextOf: (token) => (token === END_OF_TURN ? '<end>' : undefined),
    },
    eosTokenIds: [END_OF_TURN],
    contextLength: 100,
    queuedAt: 0,
  });
  const text = tokens.map((token) => sequence.append(token).text).join('');
  return { text, stop: sequence.matchedStop };
}

describe(Sequence, () => {
  it('names a stop string that is a special token, and includes its text where that is wanted', () => {
    expect(after([65, END_OF_TURN], { stop: ['B', '<end>'] })).toEqual({ text: 'A', stop: '<end>' });
    expect(after([65, END_OF_TURN], { stop: ['<end>'], includeStop: true })).toEqual({ text: 'A<end>', stop: '<end>' });
  });

  it('names no stop string where the model ended it', () => {
    expect(after([65, END_OF_TURN], { stop: ['B'] })).toEqual({ text: 'A', stop: undefined });
    expect(after([65], { stop: ['B'] })).toEqual({ text: 'A', stop: undefined });
  });
});
