import { describe, expect, it } from 'vitest';
import { chancesOf, chanceText, doubtOf, visible } from './token.js';

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
});
