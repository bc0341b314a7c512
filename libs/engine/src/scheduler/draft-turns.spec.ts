import { describe, expect, it } from 'vitest';
import type { Sequence } from '../sequence/sequence.js';
import { DraftTurns } from './draft-turns.js';

/** A sequence as far as turns go. */
const aSequence = (id: string, caller = ''): Sequence => ({ id, caller }) as unknown as Sequence;

/** The ids of those whose drafts are verified in rounds to come. */
function rounds(sequences: readonly Sequence[], count: number): string {
  const turns = new DraftTurns();
  return Array.from({ length: count }, () => {
    const next = turns.next(sequences)!;
    turns.take(next);
    return next.id;
  }).join('');
}

describe(DraftTurns.name, () => {
  it('takes one at a time, those that have waited longest first', () => {
    expect(
      rounds(
        ['a', 'b', 'c'].map((id) => aSequence(id)),
        7,
      ),
    ).toBe('abcabca');
    expect(new DraftTurns().next([])).toBeUndefined();
  });

  it('lets callers take turns, however many sequences each has', () => {
    const sequences = [aSequence('a', 'x'), aSequence('b', 'x'), aSequence('c', 'x'), aSequence('d', 'y')];
    expect(rounds(sequences, 8)).toBe('adbdcdad');
  });
});
