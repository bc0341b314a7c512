import { messageOf } from '@frontier/errors';
import { FlushPolicy } from '../encoder/batching/flush-policy.js';
import { DEFAULT_ENCODER_OPTIONS, type EncoderEngineOptions } from '../encoder/batching/encoder-engine.options.js';
import { outputsTooLarge, overloaded, tensorsRefused } from '../errors/engine.errors.js';
import { CallerAccounts } from '../scheduler/caller-accounts.js';
import { priorityLevel } from '../sequence/priority.js';
import { assertInputs } from './assert-inputs.js';
import { joinRows, splitRows } from './rows.js';
import { SharedPasses } from './shared-passes.js';
import { bytesOf, type NamedTensor, type TensorItem, type TensorRequest, type TensorStepReport } from './tensor.js';
import type { TensorRunner } from './tensor-runner.js';

/** Options of the batches of a model of tensors. */
export interface TensorEngineOptions extends EncoderEngineOptions {
  /** True where rows of requests may share a pass: the operator says that the first dimension is one of independent rows. */
  sharesRows?: boolean;
}

interface Queued {
  request: TensorRequest;
  /** Equal for requests that may share a pass; `undefined` where it is computed alone. */
  shape: string | undefined;
  queuedAt: number;
}

/** Bytes of a request's outputs at most. */
const MAX_OUTPUT_BYTES = 2 ** 24;

/**
 * Dynamic batching of tensors: requests of one shape share a pass, one row below the other, where that was proven to change no bit (see
 * {@link SharedPasses}). A request that fails does so alone.
 *
 * Requests are added and cancelled at any time; {@link step} is called while {@link hasWork}, from {@link nextStepAt} on.
 */
export class TensorEngine {
  private readonly waiting = new Map<string, Queued>();
  private readonly callers = new CallerAccounts();
  private readonly policy = new FlushPolicy();
  private readonly passes: SharedPasses;
  private readonly options: Required<Omit<EncoderEngineOptions, 'passMs'>>;
  /** Requests of the pass that runs, and the listeners of those that were cancelled. */
  private running = new Set<string>();
  private readonly onRemoved: (() => void)[] = [];

  constructor(
    private readonly runner: TensorRunner,
    options: TensorEngineOptions,
    private readonly onStart: (ids: readonly string[]) => void = () => {},
  ) {
    const { flushTimeoutMs, maxWaiting, ageingMs } = DEFAULT_ENCODER_OPTIONS;
    this.options = {
      maxBatchSize: options.maxBatchSize,
      flushTimeoutMs: options.flushTimeoutMs ?? flushTimeoutMs,
      maxWaiting: options.maxWaiting ?? maxWaiting,
      ageingMs: options.ageingMs ?? ageingMs,
    };
    this.passes = new SharedPasses(runner, options.sharesRows ? options.maxBatchSize : 1);
  }

  /** True if any request is not finished, or was cancelled during the last pass. */
  get hasWork(): boolean {
    return this.waiting.size > 0 || this.onRemoved.length > 0;
  }

  /** The time at which the next step is due, on the clock of `performance.now()`; `undefined` where nothing is to be done. */
  get nextStepAt(): number | undefined {
    return this.onRemoved.length > 0 ? 0 : this.nextPassAt();
  }

  /**
   * Queues a request.
   * @throws `malformed_request` where its tensors are not those of the model, `overloaded` when the queue is full
   */
  add(request: TensorRequest): void {
    const { id, inputs, outputs, caller = '' } = request;
    if (this.waiting.has(id)) throw new Error(`Bug: request ${id} is already in the engine.`);
    assertInputs(this.runner.signature, inputs, outputs);
    if (this.waiting.size >= this.options.maxWaiting) throw overloaded(this.options.maxWaiting);
    this.waiting.set(id, { request, shape: this.passes.shapeOf(inputs), queuedAt: performance.now() });
    this.callers.register(caller);
  }

  /**
   * Removes a request; one that a pass has is computed, without a result. Unknown ids are ignored: it may just have ended.
   * @param onRemoved called after the last pass that works on it, whose report has its cost
   */
  cancel(id: string, onRemoved: () => void = () => {}): void {
    const queued = this.waiting.get(id);
    if (queued) this.remove(queued);
    if (this.running.delete(id)) this.onRemoved.push(onRemoved);
    else onRemoved();
  }

  /** Runs one pass; returns `undefined` when cancellations left nothing to do, or no pass is due yet. */
  async step(): Promise<TensorStepReport | undefined> {
    for (const removed of this.onRemoved.splice(0)) removed();
    const now = performance.now();
    const dueAt = this.nextPassAt();
    if (dueAt === undefined || dueAt > now) return undefined;
    this.policy.onFlush({ requests: this.waiting.size });
    const first = this.mostUrgent(now);
    const startedAt = performance.now();
    const batch = await this.companions(first, now);
    // While it was found out how many may share a pass, some may have been cancelled.
    const present = batch.filter(({ request }) => this.waiting.has(request.id));
    if (present.length === 0) return undefined;
    for (const queued of present) this.remove(queued);
    this.running = new Set(present.map(({ request }) => request.id));
    this.onStart([...this.running]);
    const results = await this.compute(present);
    const passMs = performance.now() - startedAt;
    const items = present.map(({ request: { id } }, i): TensorItem =>
      this.running.has(id) ? { requestId: id, ...results[i] } : { requestId: id },
    );
    this.running.clear();
    for (const queued of present) this.charge(queued, passMs / present.length);
    return { items, rows: present.length, bytes: bytesOfBatch(present), passMs, queued: this.waiting.size };
  }

  private charge({ request: { caller = '' } }: Queued, ms: number): void {
    // One that has nothing left begins anew when it comes back.
    this.callers.register(caller);
    this.callers.charge(caller, ms);
    this.callers.unregister(caller);
  }

  private remove({ request: { id, caller = '' } }: Queued): void {
    this.waiting.delete(id);
    this.callers.unregister(caller);
  }

  private nextPassAt(): number | undefined {
    if (this.waiting.size === 0) return undefined;
    let since = Infinity;
    for (const { shape, queuedAt } of this.waiting.values()) {
      // What shares no pass waits for nobody.
      if (shape === undefined) return 0;
      since = Math.min(since, queuedAt);
    }
    const { maxBatchSize: maxTexts, flushTimeoutMs: timeoutMs } = this.options;
    const waiting = { texts: this.waiting.size, tokens: 0, requests: this.waiting.size, since };
    return this.policy.dueAt(waiting, { maxTexts, maxTokens: Infinity, timeoutMs });
  }

  private mostUrgent(now: number): Queued {
    return [...this.waiting.values()].reduce((first, queued) => (this.order(queued, first, now) < 0 ? queued : first));
  }

  /** Negative where one comes before another: by priority, then that of the caller that was served least, then the older one. */
  private order(a: Queued, b: Queued, now: number): number {
    const level = ({ request: { priority = 'normal', caller = '' }, queuedAt }: Queued): number => {
      const aged = this.callers.isAhead(caller) ? 0 : Math.floor((now - queuedAt) / this.options.ageingMs);
      return Math.max(0, priorityLevel(priority) - aged);
    };
    const served = ({ request: { caller = '' } }: Queued): number => this.callers.servedMs(caller);
    return level(a) - level(b) || served(a) - served(b) || a.queuedAt - b.queuedAt;
  }

  /** A request with those of its shape that share its pass, the most urgent first. */
  private async companions(first: Queued, now: number): Promise<Queued[]> {
    const { shape } = first;
    if (shape === undefined) return [first];
    const alike = [...this.waiting.values()].filter((queued) => queued.shape === shape);
    alike.sort((a, b) => Number(b === first) - Number(a === first) || this.order(a, b, now));
    const rows = await this.passes.rows(shape, alike.length);
    // Those that wait for a pass that is none of theirs need not wait.
    if (this.passes.shapeOf(first.request.inputs) === undefined) for (const queued of alike) queued.shape = undefined;
    return alike.slice(0, rows);
  }

  /** The results of a pass; where it fails, those of each request alone. */
  private async compute(batch: readonly Queued[]): Promise<Omit<TensorItem, 'requestId'>[]> {
    if (batch.length > 1) {
      const outputs = await this.together(batch).catch(() => undefined);
      if (outputs) return outputs.map((each, i) => resultOf(this.wanted(each, batch[i].request)));
    }
    const results: Omit<TensorItem, 'requestId'>[] = [];
    for (const { request } of batch) {
      const names = request.outputs ?? this.runner.signature.outputs.map(({ name }) => name);
      results.push(
        await this.runner.run(request.inputs, names).then(
          (outputs) => resultOf(outputs),
          (error: unknown) => ({ error: tensorsRefused(messageOf(error)).serialize() }),
        ),
      );
    }
    return results;
  }

  private async together(batch: readonly Queued[]): Promise<NamedTensor[][] | undefined> {
    const names = this.runner.signature.outputs.map(({ name }) => name);
    const outputs = await this.runner.run(joinRows(batch.map(({ request }) => request.inputs)), names);
    return splitRows(outputs, batch.length);
  }

  private wanted(outputs: NamedTensor[], { outputs: names }: TensorRequest): NamedTensor[] {
    return names ? names.map((name) => outputs.find((output) => output.name === name)!) : outputs;
  }
}

function bytesOfBatch(batch: readonly Queued[]): number {
  return batch.reduce((sum, { request }) => sum + bytesOf(request.inputs), 0);
}

/** Outputs that are not too large to be handed on: the server's event loop copies them. */
function resultOf(outputs: NamedTensor[]): Omit<TensorItem, 'requestId'> {
  const bytes = bytesOf(outputs);
  return bytes <= MAX_OUTPUT_BYTES ? { outputs } : { error: outputsTooLarge(bytes, MAX_OUTPUT_BYTES).serialize() };
}
