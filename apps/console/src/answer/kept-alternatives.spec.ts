import { describe, expect, it } from 'vitest';
import { dropOldAlternatives } from './kept-alternatives.js';
import { chancesOf } from './token.js';

const token = () => ({
  text: 'a',
  start: 0,
  end: 1,
  logprob: Math.log(0.25),
  alternatives: [{ text: 'b', logprob: -1 }],
});
const answer = (tokens: number) => ({ tokens: Array.from({ length: tokens }, token) });

describe(dropOldAlternatives, () => {
  it('keeps those of the newest tokens of a thread', () => {
    const answers = [answer(3), answer(4), answer(2)];
    const kept = () => answers.map(({ tokens }) => tokens.map(({ alternatives }) => alternatives.length).join(''));
    dropOldAlternatives(answers, 9);
    expect(kept()).toEqual(['111', '1111', '11']);
    dropOldAlternatives(answers, 5);
    expect(kept()).toEqual(['000', '0111', '11']);
    answers.push(answer(4));
    dropOldAlternatives(answers, 5);
    expect(kept()).toEqual(['000', '0000', '01', '1111']);
    dropOldAlternatives(answers, 3);
    expect(kept()).toEqual(['000', '0000', '00', '0111']);
  });

  it('leaves a token its own chance', () => {
    const old = answer(1);
    dropOldAlternatives([old], 0);
    expect(chancesOf(old.tokens[0]).map(({ text, probability }) => [text, probability.toFixed(2)])).toEqual([
      ['a', '0.25'],
      ['others', '0.75'],
    ]);
  });
});
