import type { BatchPlan, BatchPlanner } from '../runner/model-runner.js';
import type { Sequence } from '../sequence/sequence.js';
import { DraftTurns } from './draft-turns.js';
import type { DecodeStep, VerifyStep } from './step.js';

/** A round of decode steps, in which every decoding sequence without a draft gets one token, and one of those with a draft gets several. */
export class DecodeRound {
  /** Sequences that share a pass; one with a draft has a pass of its own. */
  private groups: Sequence[][] = [];
  /** The plan of a round that has not begun. */
  private plan: BatchPlan | undefined;
  private holdsBack = false;
  private waits = false;
  private readonly draftTurns = new DraftTurns();

  constructor(private readonly batchPlanner: BatchPlanner) {}

  /** True if the round, before it begins, needs keys and values to be moved. */
  get relocates(): boolean {
    return this.plan?.relocates ?? false;
  }

  /** True if the last round that began held drafts back, so that the next one is theirs. */
  get draftsWait(): boolean {
    return this.waits;
  }

  /** True if no group is left; none may be preempted between two groups of a round. */
  get isOver(): boolean {
    return this.groups.length === 0;
  }

  /**
   * Plans a round of `sequences`.
   * @param verifies false if those with drafts wait, unless there are no others
   */
  begin(sequences: ReadonlySet<Sequence>, verifies: boolean): void {
    const bySlot = new Map([...sequences].map((sequence) => [sequence.slot!, sequence]));
    // Not what the present draft needs: the room would change with each.
    const newTokens = Array.from(bySlot.values(), ({ longestDraft }) => 1 + longestDraft);
    this.plan = this.batchPlanner.plan([...bySlot.keys()], newTokens);
    const groups = this.plan.groups.map((slots) => slots.map((slot) => bySlot.get(slot)!));
    const plain = groups.map((group) => group.filter(({ draft }) => draft.length === 0));
    const drafting = [...sequences].filter(({ draft }) => draft.length > 0);
    this.holdsBack = drafting.length > 0 && drafting.length < sequences.size && !verifies;
    const verified = this.holdsBack ? undefined : this.draftTurns.next(drafting);
    // Last comes who waits for the others: then nothing but a chunk lies before the next round.
    this.groups = [...(verified ? [[verified]] : []), ...plain.filter((group) => group.length > 0)];
  }

  /** Gives up the rest of the round. */
  drop(): void {
    this.plan = undefined;
    this.groups = [];
  }

  /** The next step of the round, of the sequences that still decode; `undefined` at its end. */
  next(decoding: ReadonlySet<Sequence>): DecodeStep | VerifyStep | undefined {
    for (let group = this.groups.shift(); group; group = this.groups.shift()) {
      const sequences = group.filter((sequence) => decoding.has(sequence));
      if (sequences.length === 0) continue;
      const plan = this.plan && { plan: this.plan };
      if (plan) this.waits = this.holdsBack;
      this.plan = undefined;
      const [sequence] = sequences;
      const { draft } = sequence;
      if (draft.length === 0) return { kind: 'decode', sequences, ...plan };
      this.draftTurns.take(sequence);
      return { kind: 'verify', sequence, draft, ...plan };
    }
    return undefined;
  }
}
