import type { Sequence } from '../sequence/sequence.js';
import type { StepReport } from '../sequence/step-report.js';

/** Sequences that left the batch to make room, and that came back. */
export class SequenceMoves {
  /** Preemptions so far. */
  preemptions = 0;
  private recent: Pick<StepReport, 'preempted' | 'resumed'> = {};

  notePreempted({ id }: Sequence): void {
    this.preemptions++;
    (this.recent.preempted ??= []).push(id);
  }

  noteResumed({ id }: Sequence): void {
    (this.recent.resumed ??= []).push(id);
  }

  /** The moves since the last call; mostly none. */
  take(): Pick<StepReport, 'preempted' | 'resumed'> {
    const { recent } = this;
    if (recent.preempted || recent.resumed) this.recent = {};
    return recent;
  }
}
