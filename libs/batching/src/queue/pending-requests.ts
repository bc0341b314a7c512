import type {
  EncoderRequest,
  EncoderStepReport,
  EngineCommand,
  GenerationRequest,
  Priority,
  StepReport,
  TensorRequest,
  TensorStepReport,
} from '@frontier/engine';
import { AppError } from '@frontier/errors';
import { SharedBudget } from '@frontier/resilience';
import type { QueueLimits } from './queue-limits.js';
import type { Encoding } from '../generation/encoding.js';
import type { Generation } from '../generation/generation.js';
import type { TensorRun } from '../generation/tensor-run.js';
import type { RequestCost } from './output-length-estimator.js';

/** The work of a request. */
export type Work =
  | { type: 'submit'; request: GenerationRequest & { priority: Priority }; generation: Generation }
  | { type: 'encode'; request: EncoderRequest & { priority: Priority }; generation: Encoding }
  | { type: 'run'; request: TensorRequest & { priority: Priority }; generation: TensorRun };

/** A request that has not ended. */
export interface PendingRequest {
  work: Work;
  cost: RequestCost;
  /** The part of its cost that no step has worked on. */
  queued: Pick<RequestCost, 'answers' | 'promptTokens' | 'maxTokens'>;
  /** Answers that have not ended, or inputs of an encoding. */
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

  add({ work, cost }: Pick<PendingRequest, 'work' | 'cost'>): void {
    this.byId.set(work.request.id, {
      work,
      cost,
      queued: { ...cost },
      open: work.type === 'encode' ? work.request.inputs.length : cost.answers,
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
    this.leaveQueue(pending, pending.queued);
    return pending;
  }

  /** All requests, to be sent to a new engine process. */
  *resubmitted(): Iterable<EngineCommand> {
    for (const pending of this.byId.values()) {
      pending.waitedMs = performance.now() - pending.addedAt;
      yield commandOf(pending.work);
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
      this.leaveQueue(pending, pending.queued);
      pending.work.generation.begin();
    }
    if (prefilled) this.byId.get(prefilled.id)?.work.generation.notePrompt(prefilled.promptTokens);
    // One fault may end many answers; it stays one error.
    const faults = new Map<string, AppError>();
    for (const { id, error, ...event } of outputs) {
      const pending = this.byId.get(id);
      if (pending?.work.type !== 'submit') continue;
      const { generation } = pending.work;
      pending.generated++;
      generation.noteToken();
      if (error) {
        const fault = faults.get(error.message) ?? AppError.deserialize(error);
        faults.set(error.message, fault);
        this.fail(id, fault);
      } else if (event.text || event.logprobs || event.started || event.finished) generation.push(event);
      if (event.finished && --pending.open === 0) {
        this.byId.delete(id);
        generation.finish();
      }
    }
  }

  /** Hands a pass's results to their encodings. The inputs of a request leave the queue one by one, as they are computed. */
  onEncoded({ items, passMs }: EncoderStepReport): void {
    // All of them have been computed, also those behind one that ends its request.
    for (const { requestId, index } of items) {
      const work = this.byId.get(requestId)?.work;
      if (work?.type === 'encode') work.generation.noteInput(work.request.inputs[index].tokens.length);
    }
    // One fault may end many requests; it stays one error.
    const faults = new Map<string, AppError>();
    for (const { requestId, index, values, error } of items) {
      const pending = this.byId.get(requestId);
      if (pending?.work.type !== 'encode') continue;
      const { request, generation } = pending.work;
      const tokens = request.inputs[index].tokens.length;
      const left = Math.ceil((pending.cost.answers * --pending.open) / request.inputs.length);
      this.leaveQueue(pending, { answers: pending.queued.answers - left, promptTokens: tokens, maxTokens: tokens });
      if (generation.isWaiting) generation.begin();
      if (error) {
        const fault = faults.get(error.message) ?? AppError.deserialize(error);
        faults.set(error.message, fault);
        this.fail(requestId, fault);
      } else
        generation.push({
          index,
          tokens,
          values: values!,
          queueMs: Math.max(0, performance.now() - pending.addedAt - passMs),
        });
      if (pending.open === 0 && this.byId.delete(requestId)) generation.finish();
    }
  }

  /** A pass has begun with requests: where it does not end, they are not sent again. */
  onBegan(ids: readonly string[]): void {
    for (const id of ids) this.byId.get(id)?.work.generation.begin();
  }

  /** Hands a pass's results to the requests for them. */
  onRan({ items, passMs }: TensorStepReport): void {
    for (const { requestId, outputs, error } of items) {
      const pending = this.byId.get(requestId);
      if (pending?.work.type !== 'run') continue;
      const { generation } = pending.work;
      if (!outputs) {
        this.fail(requestId, AppError.deserialize(error!));
        continue;
      }
      generation.push({ outputs, queueMs: Math.max(0, performance.now() - pending.addedAt - passMs) });
      this.remove(requestId);
      generation.finish();
    }
  }

  fail(id: string, error: AppError): void {
    this.remove(id)?.work.generation.fail(error);
  }

  /** Fails the requests that a lost engine process had worked on, or that have seen too many lost. */
  failInterrupted(error: AppError): void {
    for (const [id, pending] of this.byId) {
      pending.lost++;
      if (!pending.work.generation.isWaiting || pending.lost >= MAX_LOST) this.fail(id, error);
    }
  }

  failAll(error: AppError): void {
    for (const id of this.byId.keys()) this.fail(id, error);
  }

  private leaveQueue({ cost: { caller }, queued }: PendingRequest, part: PendingRequest['queued']): void {
    const { answers, promptTokens, maxTokens } = part;
    this.answers.give({ caller, amount: answers });
    this.tokens.give({ caller, amount: maxTokens });
    queued.answers -= answers;
    queued.promptTokens -= promptTokens;
    queued.maxTokens -= maxTokens;
  }
}

/** The message that gives an engine process its work. */
export function commandOf({ type, request }: Work): EngineCommand {
  return { type, request } as EngineCommand;
}
