import type { TokenLogprob, TokenLogprobs } from '@frontier/inference';
import { describe, expect, it } from 'vitest';
import { CompletionLogprobsWriter, toChatLogprobs } from './token-logprobs.js';

function aToken(token: number, bytes: string | number[], logprob: number): TokenLogprob {
  return { token, logprob, bytes: typeof bytes === 'string' ? [...Buffer.from(bytes)] : bytes };
}

function sampled(chosen: TokenLogprob, top: TokenLogprob[] = []): TokenLogprobs {
  return { ...chosen, rank: 1, top };
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe(toChatLogprobs, () => {
  it('names tokens by their text, parts of characters by their bytes, special tokens by their id', () => {
    const [face, rest] = [aToken(7, [0xf0, 0x9f], -1), aToken(8, [0x0a, 0x80], -2)];
    const logprobs = toChatLogprobs([
      sampled(aToken(5, ' é', -0.5), [aToken(5, ' é', -0.5), face]),
      sampled(rest),
      sampled(aToken(0, [], -3)),
    ]);
    expect(plain(logprobs)).toEqual({
      content: [
        {
          token: ' é',
          logprob: -0.5,
          bytes: [32, 195, 169],
          top_logprobs: [
            { token: ' é', logprob: -0.5, bytes: [32, 195, 169] },
            { token: 'bytes:\\xf0\\x9f', logprob: -1, bytes: [0xf0, 0x9f] },
          ],
        },
        { token: 'bytes:\\x0a\\x80', logprob: -2, bytes: [10, 128], top_logprobs: [] },
        { token: 'token_id:0', logprob: -3, bytes: null, top_logprobs: [] },
      ],
      refusal: null,
    });
  });

  it('keeps a byte order mark, which is a token of some models', () => {
    const { content } = plain(toChatLogprobs([sampled(aToken(1, '\uFEFF', -1))])) as { content: { token: string }[] };
    expect(content[0].token).toBe('\uFEFF');
  });
});

describe(CompletionLogprobsWriter, () => {
  it('lists the chosen token among the most likely ones, likely or not', () => {
    const writer = new CompletionLogprobsWriter();
    expect(plain(writer.write([sampled(aToken(9, 'cat', -4), [aToken(5, 'dog', -0.1)])]))).toEqual({
      tokens: ['cat'],
      token_logprobs: [-4],
      top_logprobs: [{ dog: -0.1, cat: -4 }],
      text_offset: [0],
    });
  });

  it('counts offsets in characters of the whole text, over pieces and inside characters', () => {
    const writer = new CompletionLogprobsWriter();
    const [first, second] = [
      [0xf0, 0x9f],
      [0x98, 0x80],
    ].map((bytes) => sampled(aToken(1, bytes, -1)));
    expect(writer.write([sampled(aToken(2, 'é', -1)), first]).text_offset).toEqual([0, 1]);
    // The emoji has two UTF-16 units, and ends with the second part.
    expect(writer.write([second, sampled(aToken(3, 'x', -1))]).text_offset).toEqual([1, 3]);
  });
});
