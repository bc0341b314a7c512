import { describe, expect, it } from 'vitest';
import type { Sequence } from '../sequence/sequence.js';
import { DraftTurns } from './draft-turns.js';

/** A sequence as far as turns go. */
const aSequence = (id: string, caller = '', tokens = 8): Sequence =>
  ({ id, caller, draft: Array.from({ length: tokens }) }) as unknown as Sequence;

/** The ids of those whose drafts are verified in rounds to come. */
function rounds(turns: DraftTurns, sequences: readonly Sequence[], count: number): string[] {
  return Array.from({ length: count }, () => {
    const chosen = turns.next(sequences);
    for (const sequence of chosen) turns.take(sequence);
    return chosen.map(({ id }) => id).join('');
  });
}

describe(DraftTurns.name, () => {
  const equal = { servedMs: () => 0 };

  it('lets those that have waited longest come first, within the tokens of a round', () => {
    const sequences = ['a', 'b', 'c'].map((id) => aSequence(id));
    expect(rounds(new DraftTurns(20, equal), sequences, 4)).toEqual(['ab', 'ca', 'bc', 'ab']);
  });

  it('takes one whose draft alone exceeds the tokens of a round', () => {
    const sequences = [aSequence('a', '', 16), aSequence('b', '', 1)];
    expect(rounds(new DraftTurns(5, equal), sequences, 2)).toEqual(['a', 'b']);
  });

  it('lets callers come first who were served least', () => {
    const servedMs = (caller: string): number => (caller === 'x' ? 5 : 2);
    const sequences = [aSequence('a', 'x'), aSequence('b', 'y'), aSequence('c', 'x')];
    expect(rounds(new DraftTurns(9, { servedMs }), sequences, 2)).toEqual(['b', 'b']);
    expect(rounds(new DraftTurns(18, { servedMs }), sequences, 2)).toEqual(['ba', 'bc']);
  });
});
