import type { Sequence } from '../sequence/sequence.js';

/**
 * Selects the sequence whose draft a round of decoding verifies: one, since each is a pass of its own, for which the others wait. The rest
 * waits for later rounds, which changes no token of theirs.
 */
export class DraftTurns {
  private readonly lastTurns = new WeakMap<Sequence, number>();
  private turn = 0;

  /** The next one: callers take turns, and so do the sequences of each. */
  next(sequences: readonly Sequence[]): Sequence | undefined {
    const ofCallers = new Map<string, number>();
    for (const sequence of sequences) {
      const { caller } = sequence;
      ofCallers.set(caller, Math.max(ofCallers.get(caller) ?? 0, this.lastTurn(sequence)));
    }
    return sequences.toSorted(
      (a, b) => ofCallers.get(a.caller)! - ofCallers.get(b.caller)! || this.lastTurn(a) - this.lastTurn(b),
    )[0];
  }

  /** Notes that the draft of a sequence is verified. */
  take(sequence: Sequence): void {
    this.lastTurns.set(sequence, ++this.turn);
  }

  private lastTurn(sequence: Sequence): number {
    return this.lastTurns.get(sequence) ?? 0;
  }
}
