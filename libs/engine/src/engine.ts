import { type AppError, isAppError, messageOf, type SerializedAppError } from '@frontier/errors';
import { contextLengthExceeded, engineError } from './engine.errors.js';
import type { ModelRunner } from './runner/model-runner.js';
import { Sampler } from './sampler/sampler.js';
import type { SamplingParams } from './sampler/sampling-params.js';
import { Scheduler, type SchedulerOptions, type SlotMove, type Step } from './scheduler/scheduler.js';
import { type FinishReason, Sequence } from './scheduler/sequence.js';
import type { TextTokenizer } from './text/text-tokenizer.js';

export interface EngineOptions extends Omit<SchedulerOptions, 'maxBatchSize' | 'maxCacheTokens'> {
  /** Cache tokens of all running sequences; default: every slot can hold a whole context. */
  maxCacheTokens?: number;
}

/** What an engine works with; {@link loadModel} makes one from a folder. */
export interface EngineModel {
  runner: ModelRunner;
  tokenizer: TextTokenizer;
  eosTokenIds: readonly number[];
}

export interface GenerationRequest {
  /** Names the request in outputs and cancellations; unique among those that are not finished. */
  id: string;
  prompt: string;
  params: SamplingParams;
}

export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

/** How long a finished request took, in milliseconds. */
export interface PhaseDurations {
  queueMs: number;
  prefillMs: number;
  decodeMs: number;
}

/** What one step did for one request. */
export interface SequenceOutput {
  id: string;
  /** The text that this step added; empty while a character or a possible stop string is incomplete. */
  text: string;
  /** Set once, with the request's first token. */
  started?: Pick<PhaseDurations, 'queueMs' | 'prefillMs'>;
  /** Set once, with the last output of a request that ended well. */
  finished?: { reason: FinishReason; usage: Usage; durations: PhaseDurations };
  /** Set once, with the last output of a request that failed. */
  error?: SerializedAppError;
}

export interface StepReport {
  kind: Step['kind'];
  /** Tokens that the pass computed. */
  tokens: number;
  durationMs: number;
  /** After the step. */
  waiting: number;
  running: number;
  /** Requests that left the queue with this step. */
  scheduled: string[];
  outputs: SequenceOutput[];
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
    options: EngineOptions,
  ) {
    const { maxSlots, contextLength, vocabSize } = model.runner;
    this.scheduler = new Scheduler({
      ...options,
      maxBatchSize: maxSlots,
      maxCacheTokens: options.maxCacheTokens ?? maxSlots * contextLength,
    });
    this.sampler = new Sampler(vocabSize);
  }

  get hasWork(): boolean {
    return this.sequences.size > 0;
  }

  get waiting(): number {
    return this.scheduler.waiting;
  }

  get running(): number {
    return this.scheduler.running;
  }

  /**
   * Queues a request.
   * @throws `context_length_exceeded` when the prompt leaves no room for an answer, `overloaded` when the queue is full
   */
  add({ id, prompt, params }: GenerationRequest): void {
    if (this.sequences.has(id)) throw new Error(`Bug: request ${id} is already in the engine.`);
    const { runner, tokenizer, eosTokenIds } = this.model;
    const contextLength = runner.contextLength;
    const promptTokens = tokenizer.encode(prompt);
    if (promptTokens.length >= contextLength) throw contextLengthExceeded(promptTokens.length, contextLength);
    if (promptTokens.length === 0) throw engineError('The tokenizer made no token of the prompt.');
    const queuedAt = performance.now();
    const sequence = new Sequence({ id, promptTokens, params, tokenizer, eosTokenIds, contextLength, queuedAt });
    this.scheduler.add(sequence);
    this.sequences.set(id, sequence);
  }

  /** Takes a request out before the next pass; its outputs end here. Unknown ids are ignored: it may just have ended. */
  cancel(id: string): void {
    const sequence = this.sequences.get(id);
    if (sequence) this.cancelled.add(sequence);
  }

  /** Runs one pass of the model. Returns `undefined` when cancellations left nothing to do. */
  async step(): Promise<StepReport | undefined> {
    for (const sequence of this.cancelled) this.release(sequence);
    const step = this.scheduler.schedule();
    if (!step) return undefined;

    const startedAt = performance.now();
    const scheduled = this.noteScheduled(step, startedAt);
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
      scheduled,
      outputs,
    };
  }

  private noteScheduled(step: Step, now: number): string[] {
    if (step.kind === 'decode' || step.from > 0) return [];
    step.sequence.timings.scheduledAt = now;
    return [step.sequence.id];
  }

  private run(step: Step): Promise<Float32Array> {
    const { runner } = this.model;
    if (step.kind === 'prefill') {
      return runner.prefill(step.slot, step.sequence.promptTokens.subarray(step.from, step.to));
    }
    return runner.decode(Int32Array.from(step.sequences, (sequence) => sequence.lastToken));
  }

  private postprocess(step: Step, logits: Float32Array): SequenceOutput[] {
    if (step.kind === 'prefill') {
      this.scheduler.prefilled(step.sequence, step.to);
      const complete = step.to === step.sequence.promptTokens.length;
      return complete && !this.cancelled.has(step.sequence) ? [this.advance(step.sequence, logits)] : [];
    }
    const { vocabSize } = this.model.runner;
    const outputs: SequenceOutput[] = [];
    // A sequence that ends leaves the list at once, so the rows are read off a copy.
    for (const [row, sequence] of [...step.sequences].entries()) {
      // One that was cancelled during the pass draws no token; the next step takes it out.
      if (this.cancelled.has(sequence)) continue;
      outputs.push(this.advance(sequence, logits.subarray(row * vocabSize, (row + 1) * vocabSize)));
    }
    return outputs;
  }

  /** Chooses a sequence's next token and takes the sequence out if that was its last. */
  private advance(sequence: Sequence, logits: Float32Array): SequenceOutput {
    let output: SequenceOutput;
    try {
      output = { id: sequence.id, text: sequence.append(this.sampler.sample(logits, sequence)) };
    } catch (error) {
      return this.fail(sequence, isAppError(error) ? error : engineError(messageOf(error), error));
    }
    if (sequence.generated === 1) {
      sequence.timings.firstTokenAt = performance.now();
      const { queueMs, prefillMs } = durations(sequence);
      output.started = { queueMs, prefillMs };
    }
    if (sequence.finishReason) {
      const usage = { promptTokens: sequence.promptTokens.length, completionTokens: sequence.generated };
      output.finished = { reason: sequence.finishReason, usage, durations: durations(sequence) };
      this.release(sequence);
    }
    return output;
  }

  /** A pass that threw left the cache of its sequences undefined: they end, and the engine goes on. */
  private failAll(step: Step, error: AppError): SequenceOutput[] {
    const sequences = step.kind === 'prefill' ? [step.sequence] : [...step.sequences];
    return sequences.map((sequence) => this.fail(sequence, error));
  }

  private fail(sequence: Sequence, error: AppError): SequenceOutput {
    this.release(sequence);
    return { id: sequence.id, text: '', error: error.serialize() };
  }

  private release(sequence: Sequence): void {
    this.sequences.delete(sequence.id);
    this.cancelled.delete(sequence);
    const { freed, moves } = this.scheduler.remove(sequence);
    if (freed !== undefined) this.model.runner.free(freed);
    for (const { from, to } of moves satisfies SlotMove[]) this.model.runner.move(from, to);
  }
}

function durations({ timings }: Sequence): PhaseDurations {
  const { queuedAt, scheduledAt, firstTokenAt } = timings;
  return {
    queueMs: scheduledAt - queuedAt,
    prefillMs: firstTokenAt - scheduledAt,
    decodeMs: performance.now() - firstTokenAt,
  };
}
