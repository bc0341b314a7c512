import type { GenerationRequest, SequenceOutput, StepReport } from '@frontier/engine';
import { AppError } from '@frontier/errors';
import { GenerationChannel } from './generation-channel.js';

/** A piece of one request's answer. */
export type GenerationEvent = Omit<SequenceOutput, 'id' | 'error'>;

interface Pending {
  request: GenerationRequest;
  channel: GenerationChannel<GenerationEvent>;
  /** Answers that have not ended. */
  open: number;
  /** Whether a pass has worked on it. */
  scheduled: boolean;
  /** Engine processes that ended while it waited. */
  lost: number;
}

/** A waiting request that saw so many engine processes end may be what ends them, and has waited long enough. */
const MAX_LOST = 3;

/** The requests of one model that have not ended, each with the channel of its answer. */
export class PendingRequests {
  private readonly byId = new Map<string, Pending>();
  private waitingCount = 0;

  /** Answers that no pass has worked on. */
  get waiting(): number {
    return this.waitingCount;
  }

  add(request: GenerationRequest): GenerationChannel<GenerationEvent> {
    const channel = new GenerationChannel<GenerationEvent>();
    const answers = request.n ?? 1;
    this.byId.set(request.id, { request, channel, open: answers, scheduled: false, lost: 0 });
    this.waitingCount += answers;
    return channel;
  }

  /** Takes a request out and returns its channel; `undefined` if it has ended. */
  remove(id: string): GenerationChannel<GenerationEvent> | undefined {
    const pending = this.byId.get(id);
    if (!pending) return undefined;
    this.byId.delete(id);
    if (!pending.scheduled) this.waitingCount -= pending.request.n ?? 1;
    return pending.channel;
  }

  /** Hands a step's outputs to the channels of their requests. */
  take({ scheduled, outputs }: StepReport): void {
    for (const id of scheduled) {
      const pending = this.byId.get(id);
      if (!pending) continue;
      pending.scheduled = true;
      this.waitingCount -= pending.request.n ?? 1;
    }
    for (const { id, error, ...event } of outputs) {
      const pending = this.byId.get(id);
      if (!pending) continue;
      if (error) this.remove(id)!.fail(AppError.deserialize(error));
      else if (event.text || event.logprobs || event.started || event.finished) pending.channel.push(event);
      if (event.finished && --pending.open === 0) this.remove(id)!.close();
    }
  }

  /** Ends the requests that a lost engine process had worked on, or that have seen too many lost. */
  failLost(error: AppError): void {
    for (const [id, pending] of this.byId) {
      pending.lost++;
      if (pending.scheduled || pending.lost >= MAX_LOST) this.remove(id)!.fail(error);
    }
  }

  failAll(error: AppError): void {
    for (const id of this.byId.keys()) this.remove(id)!.fail(error);
  }

  /** All requests, in the order of their arrival. */
  requests(): GenerationRequest[] {
    return [...this.byId.values()].map(({ request }) => request);
  }
}
