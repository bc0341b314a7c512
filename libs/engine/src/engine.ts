import { type AppError, messageOf } from '@frontier/errors';
import { asEngineError, contextLengthExceeded, engineError, promptWithoutTokens } from './engine.errors.js';
import type { ModelRunner } from './runner/model-runner.js';
import { Sampler } from './sampler/sampler.js';
import type { SamplingParams } from './sampler/sampling-params.js';
import { Scheduler, type Step } from './scheduler/scheduler.js';
import { Sequence } from './sequence.js';
import type { SequenceOutput, StepReport } from './step-report.js';
import type { TextTokenizer } from './text/text-tokenizer.js';

/** How an engine schedules; what is left out takes the value of {@link DEFAULT_ENGINE_OPTIONS}. */
export interface EngineOptions {
  /** Requests that wait at most. */
  maxWaiting?: number;
  /** Prompt tokens computed between two decode passes at most; at least 3. */
  prefillChunkTokens?: number;
  /** Cache tokens of all running sequences, prompt and answer; default: every slot can hold a whole context. */
  maxCacheTokens?: number;
}

/** Chunks of 48 tokens keep the gap between two tokens of a stream under three passes (docs/decisions/0007). */
export const DEFAULT_ENGINE_OPTIONS = { maxWaiting: 512, prefillChunkTokens: 48 } as const;

/** What an engine works with; `loadModel` makes one from a folder. */
export interface EngineModel {
  runner: ModelRunner;
  tokenizer: TextTokenizer;
  /** Tokens that end a text. */
  eosTokenIds: readonly number[];
}

/** One prompt to continue. */
export interface GenerationRequest {
  /** Names the request in outputs and cancellations; unique among those that are not finished. */
  id: string;
  prompt: string;
  params: SamplingParams;
}

/**
 * Continuous batching: any number of requests share the passes of one model, joining and leaving between any two of
 * them. What a greedy or seeded request returns does not depend on the others.
 *
 * Requests are added and cancelled at any time; {@link step} is called while {@link hasWork}.
 */
export class Engine {
  private readonly scheduler: Scheduler;
  private readonly sampler: Sampler;
  private readonly sequences = new Map<string, Sequence>();
  private readonly cancelled = new Set<Sequence>();

  constructor(
    private readonly model: EngineModel,
    options: EngineOptions = {},
  ) {
    const { maxSlots, contextLength, vocabSize } = model.runner;
    this.scheduler = new Scheduler({
      maxBatchSize: maxSlots,
      maxWaiting: options.maxWaiting ?? DEFAULT_ENGINE_OPTIONS.maxWaiting,
      prefillChunkTokens: options.prefillChunkTokens ?? DEFAULT_ENGINE_OPTIONS.prefillChunkTokens,
      maxCacheTokens: options.maxCacheTokens ?? maxSlots * contextLength,
    });
    this.sampler = new Sampler(vocabSize);
  }

  /** Whether any request is not finished. */
  get hasWork(): boolean {
    return this.sequences.size > 0;
  }

  /** The longest sequence that can ever run, in tokens. */
  private get contextLength(): number {
    return Math.min(this.model.runner.contextLength, this.scheduler.maxCacheTokens);
  }

  /**
   * Queues a request.
   * @throws `context_length_exceeded` when the prompt leaves no room for an answer, `overloaded` when the queue is full
   */
  add({ id, prompt, params }: GenerationRequest): void {
    if (this.sequences.has(id)) throw new Error(`Bug: request ${id} is already in the engine.`);
    const { tokenizer, eosTokenIds } = this.model;
    const { contextLength } = this;
    const promptTokens = tokenizer.encode(prompt);
    if (promptTokens.length >= contextLength) throw contextLengthExceeded(promptTokens.length, contextLength);
    if (promptTokens.length === 0) throw promptWithoutTokens();
    const queuedAt = performance.now();
    const sequence = new Sequence({ id, promptTokens, params, tokenizer, eosTokenIds, contextLength, queuedAt });
    this.scheduler.add(sequence);
    this.sequences.set(id, sequence);
  }

  /**
   * Takes a request out: at once where it waits, so that its place is free, else before the next pass. Its outputs end
   * here. Unknown ids are ignored: it may just have ended.
   */
  cancel(id: string): void {
    const sequence = this.sequences.get(id);
    if (!sequence) return;
    if (this.scheduler.isWaiting(sequence)) this.release(sequence);
    else this.cancelled.add(sequence);
  }

  /** Runs one pass of the model. Returns `undefined` when cancellations left nothing to do. */
  async step(): Promise<StepReport | undefined> {
    for (const sequence of this.cancelled) this.release(sequence);
    const step = this.scheduler.schedule();
    if (!step) return undefined;

    const startedAt = performance.now();
    const scheduled = step.kind === 'prefill' && step.from === 0 ? [step.sequence] : [];
    for (const sequence of scheduled) sequence.timings.scheduledAt = startedAt;
    let outputs: SequenceOutput[];
    try {
      outputs = this.postprocess(step, await this.run(step));
    } catch (error) {
      outputs = this.failAll(step, engineError(`The pass failed: ${messageOf(error)}`, error));
    }
    return {
      kind: step.kind,
      tokens: step.kind === 'decode' ? step.sequences.length : step.to - step.from,
      durationMs: performance.now() - startedAt,
      waiting: this.scheduler.waiting,
      running: this.scheduler.running,
      scheduled: scheduled.map(({ id }) => id),
      outputs,
    };
  }

  private run(step: Step): Promise<Float32Array> {
    const { runner } = this.model;
    if (step.kind === 'prefill') {
      return runner.prefill(step.slot, step.sequence.promptTokens.subarray(step.from, step.to));
    }
    return runner.decode(Int32Array.from(step.sequences, (sequence) => sequence.lastToken));
  }

  /** @param logits a row for each sequence of a decode step; for a prefill step, one */
  private postprocess(step: Step, logits: Float32Array): SequenceOutput[] {
    const { vocabSize } = this.model.runner;
    const outputs: SequenceOutput[] = [];
    const ended: Sequence[] = [];
    for (const [row, sequence] of this.sequencesWithLogits(step).entries()) {
      // One that was cancelled during the pass draws no token; the next step takes it out.
      if (this.cancelled.has(sequence)) continue;
      const output = this.advance(sequence, logits.subarray(row * vocabSize, (row + 1) * vocabSize));
      outputs.push(output);
      if (output.finished || output.error) ended.push(sequence);
    }
    for (const sequence of ended) this.release(sequence);
    return outputs;
  }

  private sequencesWithLogits(step: Step): readonly Sequence[] {
    if (step.kind === 'decode') return step.sequences;
    return this.scheduler.completePrefill(step) ? [step.sequence] : [];
  }

  /** Chooses a sequence's next token. */
  private advance(sequence: Sequence, logits: Float32Array): SequenceOutput {
    const { id } = sequence;
    let output: SequenceOutput;
    try {
      output = { id, text: sequence.append(this.sampler.sample(logits, sequence)) };
    } catch (error) {
      return { id, text: '', error: asEngineError(error).serialize() };
    }
    if (sequence.generated === 1) {
      sequence.timings.firstTokenAt = performance.now();
      const { queueMs, prefillMs } = sequence.durations();
      output.started = { queueMs, prefillMs };
    }
    if (sequence.finishReason) {
      const usage = { promptTokens: sequence.promptTokens.length, completionTokens: sequence.generated };
      output.finished = { reason: sequence.finishReason, usage, durations: sequence.durations() };
    }
    return output;
  }

  /** A pass that threw left the cache of its sequences undefined: they end, and the engine goes on. */
  private failAll(step: Step, error: AppError): SequenceOutput[] {
    const sequences = step.kind === 'prefill' ? [step.sequence] : [...step.sequences];
    for (const sequence of sequences) this.release(sequence);
    return sequences.map(({ id }) => ({ id, text: '', error: error.serialize() }));
  }

  private release(sequence: Sequence): void {
    this.sequences.delete(sequence.id);
    this.cancelled.delete(sequence);
    const { freed, moves } = this.scheduler.remove(sequence);
    if (freed !== undefined) this.model.runner.free(freed);
    for (const { from, to } of moves) this.model.runner.move(from, to);
  }
}
