import { describe, expect, it } from 'vitest';
import { Answer } from './answer.js';
import { fencesOf } from './text-writer.js';
import { chancesOf, chanceText, doubtOf, visible } from './token.js';

const token = (text: string, bytes: number[] = [...new TextEncoder().encode(text)]) => ({
  token: text,
  bytes,
  logprob: -1,
  alternatives: [],
});

describe('the tokens of an answer', () => {
  it.each([
    [0.5, 'none'],
    [0.49, 'some'],
    [0.2, 'some'],
    [0.19, 'more'],
    [0.05, 'more'],
    [0.049, 'most'],
  ])('with a chance of %d are doubted: %s', (p, doubt) => {
    expect(doubtOf(Math.log(p))).toBe(doubt);
  });

  it('have chances that sum to one, with the chosen one among them', () => {
    const alternatives = [0.4, 0.3].map((p, i) => ({ text: `t${i}`, logprob: Math.log(p) }));
    const rows = chancesOf({ text: 'x', start: 0, end: 1, logprob: Math.log(0.1), alternatives });
    expect(rows.map(({ text, probability }) => [text, Math.round(probability * 100)])).toEqual([
      ['t0', 40],
      ['t1', 30],
      ['x', 10],
      ['others', 20],
    ]);
    expect(rows.filter(({ isChosen }) => isChosen).map(({ text }) => text)).toEqual(['x']);
    expect(visible(' a\n')).toBe('" a↵"');
    expect([0.312, 0.001, 0.0003, 0.000001, 0].map(chanceText)).toEqual([
      '31.2 %',
      '0.1 %',
      '0.03 %',
      '< 0.01 %',
      '0.0 %',
    ]);
  });

  it('have their place in the text, also where a character is split over them', () => {
    const answer = new Answer('m');
    answer.add({ text: 'A ', tokens: [token('A'), token(' ')] });
    answer.add({ text: '', tokens: [token('\\xf0\\x9f', [0xf0, 0x9f])] });
    answer.add({ text: '🦊', tokens: [token('\\xa6\\x8a', [0xa6, 0x8a])] });
    answer.add({ text: '!', tokens: [token('!')] });
    expect(answer.tokens.map(({ start, end }) => answer.text.slice(start, end))).toEqual(['A', ' ', '', '🦊', '!']);
    expect(answer.tokenAt(2)).toBe(3);
  });

  it('have it also where text comes without tokens, later than they, or not at all', () => {
    const answer = new Answer('m');
    answer.add({ text: 'So ', tokens: [] });
    answer.add({ text: '', tokens: [token('a')] });
    answer.add({ text: 'ab', tokens: [token('b')] });
    answer.add({ text: '', tokens: [token(' END')] });
    answer.end('done');
    expect(answer.tokens.map(({ start, end }) => answer.text.slice(start, end))).toEqual(['a', 'b', '']);
  });
});

describe(fencesOf, () => {
  it('finds where code begins and ends', () => {
    const text = 'a\n```js\nx\n```\nb';
    expect(fencesOf(text).map((place) => text.slice(place))).toEqual(['```js\nx\n```\nb', 'b']);
  });
});
