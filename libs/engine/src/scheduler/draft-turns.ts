import type { Sequence } from '../sequence/sequence.js';
import type { CallerAccounts } from './caller-accounts.js';

/**
 * Selects the sequences whose drafts a round of decoding verifies, so that the others need not wait for more than the tokens of a chunk.
 * The rest waits for the next round, which changes no token of theirs.
 */
export class DraftTurns {
  private readonly lastTurns = new WeakMap<Sequence, number>();
  private turn = 0;

  /** @param maxTokens tokens of a round, unless one sequence has more */
  constructor(
    private readonly maxTokens: number,
    private readonly accounts: Pick<CallerAccounts, 'servedMs'>,
  ) {}

  /** The next ones: callers served least first, and of one caller those that have waited longest. */
  next(sequences: readonly Sequence[]): Sequence[] {
    const lastTurn = (sequence: Sequence): number => this.lastTurns.get(sequence) ?? 0;
    const inOrder = sequences.toSorted(
      (a, b) => this.accounts.servedMs(a.caller) - this.accounts.servedMs(b.caller) || lastTurn(a) - lastTurn(b),
    );
    const chosen: Sequence[] = [];
    let tokens = 0;
    for (const sequence of inOrder) {
      tokens += 1 + sequence.draft.length;
      if (chosen.length > 0 && tokens > this.maxTokens) break;
      chosen.push(sequence);
    }
    return chosen;
  }

  /** Notes that the draft of a sequence is verified. */
  take(sequence: Sequence): void {
    this.lastTurns.set(sequence, ++this.turn);
  }
}
