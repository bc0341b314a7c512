import { messageOf } from '@frontier/errors';
import {
  engineError,
  inputTooLong,
  outputUnavailable,
  overloaded,
  promptWithoutTokens,
  unknownToken,
  vectorNotFinite,
} from '../../errors/engine.errors.js';
import type { EncoderOutputs } from '../chain/encoder-outputs.js';
import type { TokenVectors } from '../chain/pooling.js';
import type { EncoderInput, EncoderItem, EncoderRequest, EncoderStepReport } from '../encoder-types.js';
import { type EncoderRunner, paddedTokensOf } from '../runner/encoder-runner.js';
import { DEFAULT_ENCODER_OPTIONS, type EncoderEngineOptions } from './encoder-engine.options.js';
import { FlushPolicy } from './flush-policy.js';
import { PassBudget } from './pass-budget.js';
import { type BatchText, TextQueue } from './text-queue.js';

/** An encoder as an engine takes it. */
export interface EncoderEngineModel {
  runner: EncoderRunner;
  outputs: EncoderOutputs;
  vocabSize: number;
  /** Token types that the model has; 0 without any. */
  typeVocabSize: number;
  /** The longest text, in tokens. */
  maxTokens: number;
}

/**
 * Dynamic batching: the texts of any number of requests share the passes of one encoder. The result of a text does not depend on
 * the others, bit for bit.
 *
 * Requests are added and cancelled at any time; {@link step} is called while {@link hasWork}, from {@link nextStepAt} on.
 */
export class EncoderEngine {
  private readonly queue: TextQueue;
  private readonly budget: PassBudget;
  private readonly policy = new FlushPolicy();
  private readonly options: Required<EncoderEngineOptions>;
  /** Listeners of requests that were cancelled during a pass. */
  private readonly onRemoved: (() => void)[] = [];
  private isRunning = false;

  constructor(
    private readonly model: EncoderEngineModel,
    options: EncoderEngineOptions,
  ) {
    this.options = { ...DEFAULT_ENCODER_OPTIONS, ...withoutUndefined(options) };
    this.queue = new TextQueue(this.options.ageingMs);
    this.budget = new PassBudget(this.options.passMs);
  }

  /** True if any request is not finished, or was cancelled during the last pass. */
  get hasWork(): boolean {
    return this.queue.size > 0 || this.onRemoved.length > 0;
  }

  /** The time at which the next step is due, on the clock of `performance.now()`; `undefined` where nothing is to be done. */
  get nextStepAt(): number | undefined {
    return this.onRemoved.length > 0 ? 0 : this.nextPassAt();
  }

  /**
   * Queues the texts of a request.
   * @throws `invalid_request` for tokens that the model does not know and outputs that it does not have, `context_length_exceeded` for
   * a text that is too long, `overloaded` when the queue is full
   */
  add(request: EncoderRequest): void {
    const { id, inputs, output } = request;
    if (this.queue.get(id)) throw new Error(`Bug: request ${id} is already in the engine.`);
    if (inputs.length === 0) throw promptWithoutTokens();
    if (!this.model.outputs.has(output)) throw outputUnavailable(output);
    for (const input of inputs) this.check(input);
    if (this.queue.size >= this.options.maxWaiting) throw overloaded(this.options.maxWaiting);
    this.queue.add(request, performance.now());
  }

  /**
   * Removes a request; texts of it that are in a pass have no result. Unknown ids are ignored: it may just have ended.
   * @param onRemoved called after the last pass that works on it, whose report has its cost
   */
  cancel(id: string, onRemoved: () => void = () => {}): void {
    const queued = this.queue.get(id);
    if (queued) this.queue.delete(queued);
    if (this.isRunning) this.onRemoved.push(onRemoved);
    else onRemoved();
  }

  /** Runs one pass; returns `undefined` when cancellations left nothing to do, or no pass is due yet. */
  async step(): Promise<EncoderStepReport | undefined> {
    for (const removed of this.onRemoved.splice(0)) removed();
    const now = performance.now();
    const dueAt = this.nextPassAt();
    if (dueAt === undefined || dueAt > now) return undefined;
    this.policy.onFlush(this.queue.waiting()!);
    const { maxBatchSize: maxTexts } = this.options;
    const { tokens: maxTokens, msPerToken } = this.budget;
    const batch = this.queue.take(now, { maxTexts, maxTokens, msPerToken });
    const lengths = batch.map(({ input }) => input.tokens.length);
    const tokens = lengths.reduce((sum, length) => sum + length, 0);
    this.isRunning = true;
    let items: EncoderItem[];
    try {
      const vectors = await this.model.runner.encode(batch.map(({ input }) => input));
      this.budget.observe(tokens, performance.now() - now);
      items = this.results(batch, (text, i) => this.itemOf(text, vectors[i]));
    } catch (error) {
      const failure = engineError(`The pass failed: ${messageOf(error)}`, error).serialize();
      items = this.results(batch, ({ owner, index }) => ({ requestId: owner.request.id, index, error: failure }));
    } finally {
      this.isRunning = false;
    }
    return {
      items,
      rows: batch.length,
      tokens,
      paddedTokens: paddedTokensOf(lengths),
      passMs: performance.now() - now,
      queued: this.queue.waiting()?.texts ?? 0,
    };
  }

  private nextPassAt(): number | undefined {
    const waiting = this.queue.waiting();
    const { maxBatchSize: maxTexts, flushTimeoutMs: timeoutMs } = this.options;
    return waiting && this.policy.dueAt(waiting, { maxTexts, maxTokens: this.budget.tokens, timeoutMs });
  }

  /** The results of texts; those of cancelled requests are computed, but wanted no longer. A text that fails ends its request. */
  private results(batch: BatchText[], make: (text: BatchText, i: number) => EncoderItem): EncoderItem[] {
    return batch.map((text, i) => {
      const { owner, index } = text;
      const { id } = owner.request;
      if (this.queue.get(id) !== owner) return { requestId: id, index };
      const item = make(text, i);
      if (--owner.unfinished === 0 || item.error) this.queue.delete(owner);
      return item;
    });
  }

  private itemOf({ owner: { request }, index, input }: BatchText, vectors: TokenVectors): EncoderItem {
    const values = this.model.outputs.of(vectors, request.output, input);
    const item = { requestId: request.id, index };
    return values ? { ...item, values } : { ...item, error: vectorNotFinite().serialize() };
  }

  private check({ tokens, typeIds }: EncoderInput): void {
    const { vocabSize, typeVocabSize, maxTokens } = this.model;
    if (tokens.length === 0) throw promptWithoutTokens();
    if (tokens.length > maxTokens) throw inputTooLong(tokens.length, maxTokens);
    const unknown = tokens.find((token) => token < 0 || token >= vocabSize);
    if (unknown !== undefined) throw unknownToken(unknown, vocabSize);
    if (!typeIds || typeVocabSize === 0) return;
    if (typeIds.length !== tokens.length) throw new Error('Bug: a text has not as many token types as tokens.');
    const strange = typeIds.find((type) => type >= typeVocabSize);
    if (strange !== undefined) throw new Error(`Bug: ${strange} is no token type of this model.`);
  }
}

function withoutUndefined(options: EncoderEngineOptions): EncoderEngineOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as EncoderEngineOptions;
}
