import { describe, expect, it } from 'vitest';
import { Answer } from './answer.js';

const token = (text: string, bytes: number[] = [...new TextEncoder().encode(text)]) => ({
  token: text,
  bytes,
  logprob: -1,
  alternatives: [],
});

describe(Answer, () => {
  it('gives tokens their place in the text, also where a character is split over them', () => {
    const answer = new Answer('m');
    answer.add({ text: 'A ', tokens: [token('A'), token(' ')] });
    answer.add({ text: '', tokens: [token('\\xf0\\x9f', [0xf0, 0x9f])] });
    answer.add({ text: '🦊', tokens: [token('\\xa6\\x8a', [0xa6, 0x8a])] });
    answer.add({ text: '!', tokens: [token('!')] });
    expect(answer.tokens.map(({ start, end }) => answer.text.slice(start, end))).toEqual(['A', ' ', '', '🦊', '!']);
    expect(answer.tokenAt(2)).toBe(3);
  });

  it('gives it also where text comes without tokens, later than they, or not at all', () => {
    const answer = new Answer('m');
    answer.add({ text: 'So ', tokens: [] });
    answer.add({ text: '', tokens: [token('a')] });
    answer.add({ text: 'ab', tokens: [token('b')] });
    answer.add({ text: '', tokens: [token(' END')] });
    answer.end('done');
    expect(answer.tokens.map(({ start, end }) => answer.text.slice(start, end))).toEqual(['a', 'b', '']);
  });
});
