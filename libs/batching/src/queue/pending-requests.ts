import type { GenerationRequest, Priority, StepReport } from '@frontier/engine';
import { AppError } from '@frontier/errors';
import { SharedBudget } from '@frontier/resilience';
import type { QueueLimits } from './queue-limits.js';
import type { Generation } from '../generation/generation.js';
import type { RequestCost } from './output-length-estimator.js';

/** A request that has not ended. */
export interface PendingRequest {
  request: GenerationRequest & { priority: Priority };
  generation: Generation;
  cost: RequestCost;
  /** Answers that have not ended. */
  open: number;
  /** Tokens that its answers have so far. */
  generated: number;
  /** Engine processes that ended while it waited. */
  lost: number;
  /** On the clock of `performance.now()`. */
  addedAt: number;
  /** Its queue time before it was sent to the current engine process. */
  waitedMs: number;
}

/** A waiting request that saw so many engine processes end may be the cause, and has waited long enough. */
const MAX_LOST = 3;

/** The requests of one model that have not ended, in the order of their arrival. */
export class PendingRequests implements Iterable<PendingRequest> {
  private readonly byId = new Map<string, PendingRequest>();
  /** Waiting answers, those included whose prompts are still being tokenized. */
  readonly answers: SharedBudget;
  /** Tokens that they may need, prompts included. */
  readonly tokens: SharedBudget;

  constructor({ maxRequests, maxTokens = Infinity }: Omit<QueueLimits, 'timeoutMs'>) {
    this.answers = new SharedBudget(maxRequests);
    this.tokens = new SharedBudget(maxTokens);
  }

  get size(): number {
    return this.byId.size;
  }

  /** Answers that no step has worked on. */
  get waiting(): number {
    return this.answers.used;
  }

  [Symbol.iterator](): Iterator<PendingRequest> {
    return this.byId.values();
  }

  get(id: string): PendingRequest | undefined {
    return this.byId.get(id);
  }

  add({ request, generation, cost }: Pick<PendingRequest, 'request' | 'generation' | 'cost'>): void {
    this.byId.set(request.id, {
      request,
      generation,
      cost,
      open: cost.answers,
      generated: 0,
      lost: 0,
      addedAt: performance.now(),
      waitedMs: 0,
    });
    this.answers.add({ caller: cost.caller, amount: cost.answers });
    this.tokens.add({ caller: cost.caller, amount: cost.maxTokens });
  }

  /** Takes a request out; `undefined` if it has ended. */
  remove(id: string): PendingRequest | undefined {
    const pending = this.byId.get(id);
    if (!pending) return undefined;
    this.byId.delete(id);
    if (pending.generation.isWaiting) this.leaveQueue(pending);
    return pending;
  }

  /** All requests, to be sent to a new engine process. */
  *resubmitted(): Iterable<GenerationRequest> {
    for (const pending of this.byId.values()) {
      pending.waitedMs = performance.now() - pending.addedAt;
      yield pending.request;
    }
  }

  /** Adds the time that requests waited before the engine process was started, which it cannot know. */
  addQueueTimeBeforeRestart({ outputs }: StepReport): void {
    for (const { id, started, finished } of outputs) {
      const waitedMs = started || finished ? this.byId.get(id)?.waitedMs : undefined;
      if (!waitedMs) continue;
      if (started) started.queueMs += waitedMs;
      if (finished) finished.durations.queueMs += waitedMs;
    }
  }

  /** Hands a step's outputs to their generations. */
  onStep({ scheduled, prefilled, outputs }: StepReport): void {
    for (const id of scheduled) {
      const pending = this.byId.get(id);
      if (!pending) continue;
      this.leaveQueue(pending);
      pending.generation.begin();
    }
    if (prefilled) this.byId.get(prefilled.id)?.generation.notePrompt(prefilled.promptTokens);
    // One fault may end many answers; it stays one error.
    const faults = new Map<string, AppError>();
    for (const { id, error, ...event } of outputs) {
      const pending = this.byId.get(id);
      if (!pending) continue;
      pending.generated++;
      pending.generation.noteToken();
      if (error) {
        const fault = faults.get(error.message) ?? AppError.deserialize(error);
        faults.set(error.message, fault);
        this.fail(id, fault);
      } else if (event.text || event.logprobs || event.started || event.finished) pending.generation.push(event);
      if (event.finished && --pending.open === 0) {
        this.byId.delete(id);
        pending.generation.finish();
      }
    }
  }

  fail(id: string, error: AppError): void {
    this.remove(id)?.generation.fail(error);
  }

  /** Fails the requests that a lost engine process had worked on, or that have seen too many lost. */
  failInterrupted(error: AppError): void {
    for (const [id, pending] of this.byId) {
      pending.lost++;
      if (!pending.generation.isWaiting || pending.lost >= MAX_LOST) this.fail(id, error);
    }
  }

  failAll(error: AppError): void {
    for (const id of this.byId.keys()) this.fail(id, error);
  }

  private leaveQueue({ cost }: PendingRequest): void {
    this.answers.give({ caller: cost.caller, amount: cost.answers });
    this.tokens.give({ caller: cost.caller, amount: cost.maxTokens });
  }
}
