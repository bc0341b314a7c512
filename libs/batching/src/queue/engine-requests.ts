import { randomUUID } from 'node:crypto';
import type {
  EncoderStepReport,
  EngineCommand,
  EngineEvent,
  Priority,
  StepReport,
  TensorStepReport,
} from '@frontier/engine';
import { AppError, type SerializedAppError } from '@frontier/errors';
import { EnginePublisher } from '../channels/engine-publisher.js';
import { queueTimeout } from '../generation/batching.errors.js';
import { type Deadline, remainingMs } from '../generation/deadline.js';
import type { Encoding } from '../generation/encoding.js';
import { Generation } from '../generation/generation.js';
import type { TensorRun } from '../generation/tensor-run.js';
import type { WorkerProcess } from '../process/worker-process.js';
import { AdmissionController } from './admission-controller.js';
import { type CostInputs, OutputLengthEstimator, type RequestCost } from './output-length-estimator.js';
import { LeavingRequests } from './leaving-requests.js';
import { commandOf, PendingRequests, type Work } from './pending-requests.js';
import { publishRequest } from './publish-request.js';
import type { QueueLimits } from './queue-limits.js';
import type { QueuedEncoding, QueuedRequest, QueuedTensors } from './queued-work.js';
import { QueueTimeEstimator, tensorCost } from './queue-time-estimator.js';

interface EngineRequestsOptions {
  /** The model's name. */
  name: string;
  /** Answers that its engine computes at once at most. */
  maxBatchSize: number;
  queue: QueueLimits;
  /** A request that has not ended after this long fails, waiting included. */
  requestTimeoutMs: number;
}

/** A request for answers whose prompt is not tokenized yet. */
export interface AdmissionRequest {
  answers: number;
  caller: string;
  priority: Priority;
}

/** The engine process, as far as requests need it. */
type CommandReceiver = Pick<WorkerProcess<EngineCommand, EngineEvent>, 'send'>;

/** The requests of one model: admits them, sends them to its engine process, and hands the outputs to their generations. */
export class EngineRequests {
  private readonly pending: PendingRequests;
  private readonly costs = new OutputLengthEstimator();
  private readonly queueTime: QueueTimeEstimator;
  private readonly admission: AdmissionController;
  private readonly leaving = new LeavingRequests();
  private readonly publisher: EnginePublisher;
  private process: CommandReceiver | undefined;

  constructor(private readonly options: EngineRequestsOptions) {
    this.publisher = new EnginePublisher(options.name);
    this.pending = new PendingRequests(options.queue);
    this.queueTime = new QueueTimeEstimator(options.maxBatchSize);
    this.admission = new AdmissionController(this.pending, this.queueTime);
  }

  /** Answers that no step has worked on. */
  get waiting(): number {
    return this.pending.waiting;
  }

  /** Requests that have not ended, those that wait included. */
  get unfinished(): number {
    return this.pending.size;
  }

  /** @param contextLength tokens that prompt and answer may have together */
  estimateCost(request: CostInputs, contextLength: number): RequestCost {
    return this.costs.estimate(request, contextLength);
  }

  /** Milliseconds until a new request of normal priority would begin, of a caller that has no other. */
  estimateWaitMs(): number {
    return this.admission.retryAfterMs('normal', '');
  }

  /**
   * Reserves places in the queue while a prompt is tokenized, so that nothing is spent on a request that would be refused.
   * @returns releases the places
   * @throws `overloaded`
   */
  reserve({ answers, caller, priority }: AdmissionRequest, deadline: Deadline): () => void {
    const cost = { caller, answers, promptTokens: 0, answerTokens: 0, maxTokens: 0 };
    this.admission.admit(cost, priority, this.maxWaitMs(deadline));
    this.pending.answers.add({ caller, amount: answers });
    return () => this.pending.answers.give({ caller, amount: answers });
  }

  /**
   * The cost of inputs for an encoder. A request counts as the passes that it fills; its results take no tokens.
   * @param tokens of all inputs together
   */
  encodingCost({ inputs, caller = '' }: QueuedEncoding, tokens: number): RequestCost {
    const answers = Math.ceil(inputs.length / this.options.maxBatchSize);
    return { caller, answers, promptTokens: tokens, answerTokens: 0, maxTokens: tokens };
  }

  /**
   * Queues a request, and sends it to the engine process.
   * @throws `overloaded`
   */
  start(request: QueuedRequest, cost: RequestCost, deadline: Deadline): Generation {
    const { priority = 'normal' } = request;
    this.admission.admit(cost, priority, this.maxWaitMs(deadline));
    const generation: Generation = this.newGeneration(priority, cost);
    this.queue({ type: 'submit', request: { ...request, id: randomUUID(), priority }, generation }, cost);
    return generation;
  }

  /**
   * Queues inputs for an encoder, as {@link start} does a request for answers.
   * @throws `overloaded`
   */
  encode(request: QueuedEncoding, cost: RequestCost, deadline: Deadline): Encoding {
    const { priority = 'normal' } = request;
    this.admission.admit(cost, priority, this.maxWaitMs(deadline));
    const generation: Encoding = this.newGeneration(priority, cost);
    this.queue({ type: 'encode', request: { ...request, id: randomUUID(), priority }, generation }, cost);
    return generation;
  }

  /**
   * Queues tensors, as {@link start} does a request for answers. A {@link tensorCost} counts as a token does.
   * @param bytes of the tensors
   * @throws `overloaded`
   */
  run(request: QueuedTensors, bytes: number, deadline: Deadline): TensorRun {
    const { priority = 'normal', caller = '' } = request;
    const units = tensorCost(bytes);
    const cost = { caller, answers: 1, promptTokens: units, answerTokens: 0, maxTokens: units };
    this.admission.admit(cost, priority, this.maxWaitMs(deadline));
    const generation: TensorRun = this.newGeneration(priority, cost);
    this.queue({ type: 'run', request: { ...request, id: randomUUID(), priority }, generation }, cost);
    return generation;
  }

  /** Sends all requests to an engine process that has loaded the model, and those to come. */
  attach(process: CommandReceiver): void {
    this.process = process;
    this.publisher.begin();
    for (const command of this.pending.resubmitted()) process.send(command);
  }

  /** The engine process has ended: fails the requests that it had worked on; those that only waited wait for the next one. */
  detach(error: AppError): void {
    this.process = undefined;
    this.publisher.end();
    this.leaving.removeAll();
    this.pending.failInterrupted(error);
    this.publisher.queue(this.waiting);
  }

  /** Learns from a step, and hands its outputs to their generations. */
  onStep(report: StepReport): void {
    this.pending.addQueueTimeBeforeRestart(report);
    this.publisher.step(report);
    this.queueTime.observe(report);
    for (const { id, finished } of report.outputs) {
      const ended = finished && this.pending.get(id);
      if (ended) this.costs.observe(ended.cost, finished.usage);
    }
    this.pending.onStep(report);
    this.leaving.onStep(report);
    if (report.scheduled.length > 0) this.publisher.queue(this.waiting);
  }

  /** Learns from a pass of an encoder, and hands its results to their encodings. */
  onEncoded(report: EncoderStepReport): void {
    this.publisher.encoded(report);
    this.queueTime.observeEncoding(report);
    this.pending.onEncoded(report);
    this.leaving.onEncoded(report);
    this.publisher.queue(this.waiting);
  }

  /** A pass of a model of tensors has begun. */
  onBegan(ids: readonly string[]): void {
    this.pending.onBegan(ids);
  }

  /** Learns from a pass of a model of tensors, and hands its results to the requests for them. */
  onRan(report: TensorStepReport): void {
    this.publisher.ran(report);
    this.queueTime.observeTensors(report);
    this.pending.onRan(report);
    this.publisher.queue(this.waiting);
  }

  /** The engine has nothing left to do. */
  onIdle(): void {
    this.publisher.idle();
  }

  /** The engine works on a cancelled request no longer. */
  onRemoved(id: string): void {
    this.leaving.remove(id);
  }

  /** The engine refuses a request. */
  onRejected(id: string, error: SerializedAppError): void {
    this.pending.fail(id, AppError.deserialize(error));
    this.publisher.queue(this.waiting);
  }

  /** The engine process is ended for good. */
  failAll(error: AppError): void {
    this.publisher.end();
    this.leaving.removeAll();
    this.pending.failAll(error);
    this.publisher.queue(this.waiting);
  }

  private newGeneration<E>(priority: Priority, { caller }: RequestCost): Generation<E> {
    const { queue, requestTimeoutMs } = this.options;
    return new Generation<E>({ queueTimeoutMs: queue.timeoutMs, runTimeoutMs: requestTimeoutMs }, () =>
      queueTimeout(this.admission.retryAfterMs(priority, caller)),
    );
  }

  private queue(work: Work, cost: RequestCost): void {
    const { id } = work.request;
    const { generation } = work;
    // A generation that ends here before it has ended in the engine has lost its last reader.
    generation.onEnd(() => {
      if (!this.pending.remove(id)) return;
      this.leaving.add(work);
      if (this.process) this.process.send({ type: 'cancel', id });
      else this.onRemoved(id);
      this.publisher.queue(this.waiting);
      this.publisher.cancelled(generation.phase);
    });
    this.pending.add({ work, cost });
    publishRequest(this.options.name, work, cost);
    this.process?.send(commandOf(work));
    this.publisher.queue(this.waiting);
  }

  private maxWaitMs(deadline: Deadline): number {
    const { queue, requestTimeoutMs } = this.options;
    return Math.min(remainingMs(deadline), queue.timeoutMs, requestTimeoutMs);
  }
}
