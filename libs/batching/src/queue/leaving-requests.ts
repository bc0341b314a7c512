import type { EncoderStepReport, StepReport } from '@frontier/engine';
import type { Work } from './pending-requests.js';

/** Requests without readers, until the engine works on them no longer: what is computed for them counts as well. */
export class LeavingRequests {
  private readonly byId = new Map<string, Work>();

  get size(): number {
    return this.byId.size;
  }

  add(work: Work): void {
    this.byId.set(work.request.id, work);
  }

  /** The engine works on a request no longer. */
  remove(id: string): void {
    this.byId.get(id)?.generation.leave();
    this.byId.delete(id);
  }

  /** The engine works on none of them any longer. */
  removeAll(): void {
    for (const id of this.byId.keys()) this.remove(id);
  }

  /** Counts the tokens of a step. */
  onStep({ prefilled, outputs }: StepReport): void {
    if (this.byId.size === 0) return;
    if (prefilled) this.byId.get(prefilled.id)?.generation.notePrompt(prefilled.promptTokens);
    for (const { id } of outputs) this.byId.get(id)?.generation.noteToken();
  }

  /** Counts the inputs of a pass. */
  onEncoded({ items }: EncoderStepReport): void {
    if (this.byId.size === 0) return;
    for (const { requestId, index } of items) {
      const work = this.byId.get(requestId);
      if (work?.type === 'encode') work.generation.noteInput(work.request.inputs[index].tokens.length);
    }
  }
}
