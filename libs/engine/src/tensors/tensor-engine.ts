import { messageOf } from '@frontier/errors';
import { FlushPolicy } from '../encoder/batching/flush-policy.js';
import { DEFAULT_ENCODER_OPTIONS, type EncoderEngineOptions } from '../encoder/batching/encoder-engine.options.js';
import { overloaded, tensorsRefused } from '../errors/engine.errors.js';
import { CallerAccounts } from '../scheduler/caller-accounts.js';
import { priorityLevel } from '../sequence/priority.js';
import { assertInputs } from './assert-inputs.js';
import { BatchProof, MAX_PASS_BYTES } from './batch-proof.js';
import { joinRows, splitRows } from './rows.js';
import {
  bytesOf,
  type NamedTensor,
  rowsOf,
  type TensorItem,
  type TensorRequest,
  type TensorStepReport,
} from './tensor.js';
import type { TensorRunner } from './tensor-runner.js';

interface Queued {
  request: TensorRequest;
  rows: number;
  bytes: number;
  /** Types and shapes of its inputs but for their rows, and its outputs; `undefined` where it is computed alone. */
  shape: string | undefined;
  queuedAt: number;
}

/**
 * Dynamic batching of tensors: requests of one shape share a pass, their rows one below the other, where rows were proven not to depend on each
 * other (see {@link BatchProof}). A request that fails does so alone.
 *
 * Requests are added and cancelled at any time; {@link step} is called while {@link hasWork}, from {@link nextStepAt} on.
 */
export class TensorEngine {
  private readonly waiting = new Map<string, Queued>();
  private readonly callers = new CallerAccounts();
  private readonly policy = new FlushPolicy();
  private readonly proof: BatchProof;
  private readonly options: Required<Omit<EncoderEngineOptions, 'passMs'>>;
  /** Requests of the pass that runs, and the listeners of those that were cancelled. */
  private running = new Set<string>();
  private readonly onRemoved: (() => void)[] = [];

  constructor(
    private readonly runner: TensorRunner,
    options: EncoderEngineOptions,
  ) {
    const { flushTimeoutMs, maxWaiting, ageingMs } = DEFAULT_ENCODER_OPTIONS;
    this.options = {
      maxBatchSize: options.maxBatchSize,
      flushTimeoutMs: options.flushTimeoutMs ?? flushTimeoutMs,
      maxWaiting: options.maxWaiting ?? maxWaiting,
      ageingMs: options.ageingMs ?? ageingMs,
    };
    this.proof = new BatchProof(runner, options.maxBatchSize);
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
    const canShare = this.proof.mayShare(inputs) && rowsOf(request) < this.options.maxBatchSize;
    const shape = canShare ? shapeOf(inputs) : undefined;
    const rows = canShare ? rowsOf(request) : 1;
    this.waiting.set(id, { request, rows, bytes: bytesOf(inputs), shape, queuedAt: performance.now() });
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
    const batch = (await this.mayShare(first)) ? this.companions(first, now) : [first];
    for (const queued of batch) if (this.waiting.has(queued.request.id)) this.remove(queued);
    this.running = new Set(batch.map(({ request }) => request.id));
    const startedAt = performance.now();
    const results = await this.compute(batch);
    const passMs = performance.now() - startedAt;
    const rows = batch.reduce((sum, queued) => sum + queued.rows, 0);
    const items = batch.map(({ request: { id } }, i): TensorItem =>
      this.running.has(id) ? { requestId: id, ...results[i] } : { requestId: id },
    );
    this.running.clear();
    for (const queued of batch) this.charge(queued, (passMs * queued.rows) / rows);
    return { items, rows, passMs, queued: this.waiting.size };
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
    let rows = 0;
    for (const queued of this.waiting.values()) {
      // What shares no pass waits for nobody.
      if (queued.shape === undefined || this.proof.verdict(queued.shape) === false) return 0;
      rows += queued.rows;
      since = Math.min(since, queued.queuedAt);
    }
    const { maxBatchSize: maxTexts, flushTimeoutMs: timeoutMs } = this.options;
    const waiting = { texts: rows, tokens: 0, requests: this.waiting.size, since };
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

  /** Whether the request shares its pass; of a shape that is new, it is found out as soon as there are two of it. */
  private async mayShare({ request, shape }: Queued): Promise<boolean> {
    if (shape === undefined) return false;
    const known = this.proof.verdict(shape);
    if (known !== undefined) return known;
    const others = [...this.waiting.values()].filter((queued) => queued.shape === shape);
    if (others.length < 2) return false;
    await this.proof.prove(shape, request.inputs);
    return this.proof.verdict(shape) === true;
  }

  /** A request with those of its shape that fit beside it, the most urgent first. */
  private companions(first: Queued, now: number): Queued[] {
    const batch: Queued[] = [];
    let rows = 0;
    let bytes = 0;
    const alike = [...this.waiting.values()].filter(({ shape }) => shape === first.shape);
    alike.sort((a, b) => Number(b === first) - Number(a === first) || this.order(a, b, now));
    for (const queued of alike) {
      const fits = rows + queued.rows <= this.options.maxBatchSize && bytes + queued.bytes <= MAX_PASS_BYTES;
      if (!fits && batch.length > 0) continue;
      batch.push(queued);
      rows += queued.rows;
      bytes += queued.bytes;
    }
    return batch;
  }

  /** The results of a pass; where it fails, those of each request alone. */
  private async compute(batch: readonly Queued[]): Promise<Omit<TensorItem, 'requestId'>[]> {
    if (batch.length > 1) {
      const outputs = await this.together(batch).catch(() => undefined);
      if (outputs) return outputs.map((each, i) => ({ outputs: this.wanted(each, batch[i].request) }));
    }
    const results: Omit<TensorItem, 'requestId'>[] = [];
    for (const { request } of batch) {
      const names = request.outputs ?? this.runner.signature.outputs.map(({ name }) => name);
      results.push(
        await this.runner.run(request.inputs, names).then(
          (outputs) => ({ outputs }),
          (error: unknown) => ({ error: tensorsRefused(messageOf(error)).serialize() }),
        ),
      );
    }
    return results;
  }

  private async together(batch: readonly Queued[]): Promise<NamedTensor[][] | undefined> {
    const names = this.runner.signature.outputs.map(({ name }) => name);
    const outputs = await this.runner.run(joinRows(batch.map(({ request }) => request.inputs)), names);
    const parts = splitRows(
      outputs,
      batch.map(({ rows }) => rows),
    );
    if (!parts) this.proof.refute(batch[0].shape!);
    return parts;
  }

  private wanted(outputs: NamedTensor[], { outputs: names }: TensorRequest): NamedTensor[] {
    return names ? names.map((name) => outputs.find((output) => output.name === name)!) : outputs;
  }
}

/** Equal for requests whose rows can lie in one tensor. */
function shapeOf(inputs: readonly NamedTensor[]): string {
  const parts = inputs.map(({ name, type, dims }) => `${name} ${type} ${dims.slice(1).join(' ')}`);
  return parts.toSorted().join('\n');
}
