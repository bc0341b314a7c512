import { randomUUID } from 'node:crypto';
import type { EngineCommand, GenerationRequest, Priority, StepReport } from '@frontier/engine';
import { AppError, type SerializedAppError } from '@frontier/errors';
import { Admission } from './admission.js';
import { queueTimeout } from './batching.errors.js';
import { cancellationChannel } from './cancellation.js';
import { engineQueueChannel, engineStepChannel } from './engine-step.js';
import { Generation } from './generation.js';
import { PendingRequests } from './pending-requests.js';
import type { QueueLimits } from './queue-limits.js';
import { type CostInputs, type RequestCost, RequestCostModel } from './request-cost.js';
import { WaitPrediction } from './wait-prediction.js';

export interface EngineRequestsOptions {
  /** The model's name. */
  name: string;
  /** Answers that its engine computes at once at most. */
  maxBatchSize: number;
  queue: QueueLimits;
  /** A request that has not ended after this long fails, waiting included. */
  requestTimeoutMs: number;
  /** Hands a command to the engine process; false where there is none. */
  send: (command: EngineCommand) => boolean;
}

/** The requests of one model: lets them in, hands them to its engine process, and its answers to those who follow them. */
export class EngineRequests {
  private readonly pending: PendingRequests;
  private readonly costs = new RequestCostModel();
  private readonly wait: WaitPrediction;
  private readonly admission: Admission;
  /** Generations that nobody follows, until the engine works on them no longer. */
  private readonly leaving = new Map<string, Generation>();

  constructor(private readonly options: EngineRequestsOptions) {
    this.pending = new PendingRequests(options.queue);
    this.wait = new WaitPrediction(options.maxBatchSize);
    this.admission = new Admission(this.pending, this.wait);
  }

  /** Answers that no pass has worked on. */
  get waiting(): number {
    return this.pending.waiting;
  }

  /** Requests that have not ended, those that wait included. */
  get unfinished(): number {
    return this.pending.size;
  }

  /**
   * @param maxNewTokens what applies where the request does not say
   * @param contextLength tokens that prompt and answer may have together
   */
  predictCost(request: CostInputs, maxNewTokens: number, contextLength: number): RequestCost {
    return this.costs.predict(request, maxNewTokens, contextLength);
  }

  /**
   * Lets answers in whose prompt is not tokens yet, or refuses them before anything is spent on it.
   * @returns gives their place back
   * @throws `overloaded`
   */
  enter(answers: number, caller: string, priority: Priority, maxWaitMs: number): () => void {
    const cost = { caller, answers, promptTokens: 0, answerTokens: 0, maxTokens: 0 };
    this.admission.assertRoom(cost, priority, this.waitLimitMs(maxWaitMs));
    this.pending.answers.add({ caller, amount: answers });
    return () => this.pending.answers.give({ caller, amount: answers });
  }

  /**
   * Queues a request, and hands it to the engine process.
   * @param maxWaitMs how long its caller would wait for its turn
   * @throws `overloaded`
   */
  start(request: Omit<GenerationRequest, 'id'>, cost: RequestCost, maxWaitMs: number): Generation {
    const { name, queue, requestTimeoutMs, send } = this.options;
    const { priority = 'normal' } = request;
    this.admission.assertRoom(cost, priority, this.waitLimitMs(maxWaitMs));
    const id = randomUUID();
    const submitted = { ...request, id, priority };
    const generation = new Generation({ queueTimeoutMs: queue.timeoutMs, runTimeoutMs: requestTimeoutMs }, () =>
      queueTimeout(this.admission.retryAfterMs(priority, cost.caller)),
    );
    // One that ends here before it has ended in the engine is one that nobody waits for.
    generation.onEnd(() => {
      if (!this.pending.remove(id)) return;
      this.leaving.set(id, generation);
      if (!send({ type: 'cancel', id })) this.onLeft(id);
      this.publishQueue();
      cancellationChannel.publish({ model: name, phase: generation.phase });
    });
    this.pending.add({ request: submitted, generation, cost });
    send({ type: 'submit', request: submitted });
    this.publishQueue();
    return generation;
  }

  /** The engine works on a cancelled request no longer. */
  onLeft(id: string): void {
    this.leaving.get(id)?.leave();
    this.leaving.delete(id);
  }

  /** Hands all requests to an engine process that takes the place of a lost one. */
  resubmit(): void {
    for (const request of this.pending.resubmitted()) this.options.send({ type: 'submit', request });
  }

  /** Learns from a pass, and hands on what it did for whom. */
  take(report: StepReport): void {
    this.pending.addLostWaits(report);
    if (engineStepChannel.hasSubscribers) engineStepChannel.publish({ model: this.options.name, report });
    this.wait.learn(report);
    for (const { id, finished } of report.outputs) {
      const ended = finished && this.pending.get(id);
      if (ended) this.costs.learn(ended.cost, finished.usage);
    }
    this.pending.take(report);
    this.noteLeaving(report);
    if (report.scheduled.length > 0) this.publishQueue();
  }

  /** The engine does not take a request. */
  reject(id: string, error: SerializedAppError): void {
    this.pending.fail(id, AppError.deserialize(error));
    this.publishQueue();
  }

  /** Ends the requests that a lost engine process had worked on; those that only waited wait for the next. */
  failLost(error: AppError): void {
    for (const id of this.leaving.keys()) this.onLeft(id);
    this.pending.failLost(error);
    this.publishQueue();
  }

  failAll(error: AppError): void {
    for (const id of this.leaving.keys()) this.onLeft(id);
    this.pending.failAll(error);
    this.publishQueue();
  }

  /** Counts what is computed for requests whose callers have left. */
  private noteLeaving({ prefilled, outputs }: StepReport): void {
    if (this.leaving.size === 0) return;
    if (prefilled) this.leaving.get(prefilled.id)?.notePrompt(prefilled.promptTokens);
    for (const { id } of outputs) this.leaving.get(id)?.noteToken();
  }

  private waitLimitMs(maxWaitMs: number): number {
    const { queue, requestTimeoutMs } = this.options;
    return Math.min(maxWaitMs, queue.timeoutMs, requestTimeoutMs);
  }

  private publishQueue(): void {
    if (!engineQueueChannel.hasSubscribers) return;
    engineQueueChannel.publish({ model: this.options.name, waiting: this.waiting });
  }
}
