import type { BatchPlan, BatchPlanner } from '../runner/model-runner.js';
import type { Sequence } from '../sequence/sequence.js';
import type { DecodeStep } from './step.js';

/** A round of decode steps, in which every decoding sequence gets one token. */
export class DecodeRound {
  private groups: Sequence[][] = [];
  /** The plan of a round that has not begun. */
  private plan: BatchPlan | undefined;

  constructor(private readonly batchPlanner: BatchPlanner) {}

  /** True if the round, before it begins, needs keys and values to be moved. */
  get relocates(): boolean {
    return this.plan?.relocates ?? false;
  }

  /** True if no group is left; none may be preempted between two groups of a round. */
  get isOver(): boolean {
    return this.groups.length === 0;
  }

  /** Plans a round of all `sequences`. */
  begin(sequences: ReadonlySet<Sequence>): void {
    const bySlot = new Map([...sequences].map((sequence) => [sequence.slot!, sequence]));
    this.plan = this.batchPlanner.plan([...bySlot.keys()]);
    this.groups = this.plan.groups.map((slots) => slots.map((slot) => bySlot.get(slot)!));
  }

  /** Gives up the rest of the round. */
  drop(): void {
    this.plan = undefined;
    this.groups = [];
  }

  /** The next step of the round, of the sequences that still decode; `undefined` at its end. */
  next(decoding: ReadonlySet<Sequence>): DecodeStep | undefined {
    for (let group = this.groups.shift(); group; group = this.groups.shift()) {
      const sequences = group.filter((sequence) => decoding.has(sequence));
      if (sequences.length === 0) continue;
      const { plan } = this;
      this.plan = undefined;
      return plan ? { kind: 'decode', sequences, plan } : { kind: 'decode', sequences };
    }
    return undefined;
  }
}
