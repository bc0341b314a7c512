import { type AppError, messageOf } from '@frontier/errors';
import { engineError } from '../errors/engine.errors.js';
import { PrefixCache } from '../prefix-cache/prefix-cache.js';
import type { ModelRunner } from '../runner/model-runner.js';
import { Sampler } from '../sampler/sampler.js';
import { idleChunkOf } from '../scheduler/prefill-chunks.js';
import { Scheduler } from '../scheduler/scheduler.js';
import { membersOf, type PrefillStep, type Step, type VerifyStep } from '../scheduler/step.js';
import type { GenerationRequest } from '../sequence/generation-request.js';
import { BLOCK_TOKENS } from '../sequence/prompt-blocks.js';
import { type Sequence, slotOf } from '../sequence/sequence.js';
import type { SequenceOutput, StepReport } from '../sequence/step-report.js';
import { acceptedOf, computedBy, prefilledBy } from './computed-tokens.js';
import type { EngineModel } from './engine-model.js';
import { DEFAULT_ENGINE_OPTIONS, type EngineOptions } from './engine.options.js';
import { OutputSampler, type PassResult } from './output-sampler.js';
import { PromptPasses } from './prompt-passes.js';
import { SequenceFactory } from './sequence-factory.js';

/**
 * Continuous batching: any number of requests share the forward passes of one model, joining and leaving between any two of
 * them. The output of a greedy or seeded request does not depend on the others.
 *
 * Requests are added and cancelled at any time; {@link step} is called while {@link hasWork}.
 */
export class Engine {
  private readonly runner: ModelRunner;
  private readonly scheduler: Scheduler;
  private readonly sampler: OutputSampler;
  private readonly prompts: PromptPasses;
  private readonly factory: SequenceFactory;
  private readonly prefixCache: PrefixCache | undefined;
  private readonly maxCacheTokens: number;
  /** The sequences of each request that have not ended. */
  private readonly requests = new Map<string, Set<Sequence>>();
  private readonly cancelled = new Set<Sequence>();
  /** Listeners of cancelled requests that are not removed yet. */
  private readonly onRemoved = new Map<string, () => void>();

  constructor(model: EngineModel, options: EngineOptions = {}) {
    const { runner, vocabulary } = model;
    this.runner = runner;
    const { maxBatchSize, contextLength, vocabSize } = runner;
    this.maxCacheTokens = options.maxCacheTokens ?? model.maxCacheTokens ?? maxBatchSize * contextLength;
    const chunkTokens =
      options.prefillChunkTokens ?? model.prefillChunkTokens ?? DEFAULT_ENGINE_OPTIONS.prefillChunkTokens;
    this.prefixCache = prefixCacheOf(model, options);
    this.scheduler = new Scheduler({
      maxBatchSize,
      maxWaiting: options.maxWaiting ?? DEFAULT_ENGINE_OPTIONS.maxWaiting,
      chunks: {
        chunkTokens,
        // Without access to positions, the bits of a prompt depend on its pieces, so that these must always be the same.
        idleChunkTokens: runner.positions ? idleChunkOf(chunkTokens) : chunkTokens,
        attentionCrossoverTokens: runner.attentionCrossoverTokens,
        shortPromptTokens: runner.shortPromptTokens,
        stages: runner.promptStages,
      },
      maxCacheTokens: this.maxCacheTokens,
      batchPlanner: runner,
      prefixCache: this.prefixCache,
      ageingMs: options.ageingMs ?? DEFAULT_ENGINE_OPTIONS.ageingMs,
    });
    this.sampler = new OutputSampler(new Sampler(vocabSize, (token) => vocabulary.bytesOf(token)));
    this.prompts = new PromptPasses(runner, this.prefixCache, this.sampler);
    this.factory = new SequenceFactory(model, this.maxCacheTokens, options.sharesPrefixes ?? false);
  }

  /** True if any request is not finished. */
  get hasWork(): boolean {
    return this.requests.size > 0;
  }

  /** Bytes that keys and values of earlier prompts may take. */
  get prefixCacheBytes(): number {
    return this.prefixCache?.maxBytes ?? 0;
  }

  /** The longest sequence that can ever run, in tokens. */
  get contextLength(): number {
    return this.factory.contextLength;
  }

  /**
   * Queues a request.
   * @throws `context_length_exceeded` when the prompt leaves no room for output, `invalid_request` when it has unknown
   * tokens or logits processors or its sequences cannot run together, `invalid_json_schema`, `overloaded` when the queue
   * is full
   */
  add(request: GenerationRequest): void {
    const { id } = request;
    if (this.requests.has(id)) throw new Error(`Bug: request ${id} is already in the engine.`);
    const sequences = this.factory.create(request);
    this.scheduler.add(sequences[0], sequences[0].timings.queuedAt);
    this.requests.set(id, new Set(sequences));
  }

  /**
   * Removes a request: at once where it waits, so that its place is free, else before the next step. Its outputs end
   * here. Unknown ids are ignored: it may just have ended.
   * @param onRemoved called after the last step that works on it, whose report has its cost
   */
  cancel(id: string, onRemoved: () => void = () => {}): void {
    if (!this.requests.has(id)) return onRemoved();
    this.onRemoved.set(id, onRemoved);
    for (const sequence of this.requests.get(id) ?? []) {
      if (sequence.slot === undefined && sequence.timings.scheduledAt === 0) this.release(sequence);
      else this.cancelled.add(sequence);
    }
  }

  /** Runs one step: one forward pass of the model. Returns `undefined` when cancellations left nothing to do. */
  async step(): Promise<StepReport | undefined> {
    for (const sequence of this.cancelled) this.release(sequence);
    const startedAt = performance.now();
    const step = this.scheduler.schedule(startedAt);
    if (!step) return undefined;

    const isFirst = step.kind === 'prefill' && step.sequence.timings.scheduledAt === 0;
    if (isFirst) for (const sequence of membersOf(step)) sequence.timings.scheduledAt = startedAt;
    const acceptedBefore = acceptedOf(step);
    let outputs: SequenceOutput[];
    try {
      const results = await this.run(step);
      this.charge(step, performance.now() - startedAt);
      outputs = this.postprocess(results);
    } catch (error) {
      outputs = this.failAll(step, engineError(`The pass failed: ${messageOf(error)}`, error));
    }
    return {
      kind: step.kind,
      ...computedBy(step, outputs, acceptedBefore),
      durationMs: performance.now() - startedAt,
      waiting: this.scheduler.waiting,
      running: this.scheduler.running,
      cacheTokens: this.scheduler.cacheTokens,
      maxCacheTokens: this.maxCacheTokens,
      preemptions: this.scheduler.moves.preemptions,
      ...this.scheduler.moves.take(),
      prefixCache: this.prefixCache?.report,
      scheduled: isFirst ? [step.sequence.id] : [],
      prefilled: step.kind === 'prefill' ? prefilledBy(step) : undefined,
      outputs,
    };
  }

  /** Runs the forward pass of a step; returns its results for each sequence that samples now. */
  private async run(step: Step): Promise<PassResult[]> {
    if (step.kind === 'prefill') return this.prefill(step);
    const { runner } = this;
    if (step.plan) await runner.relocate(step.plan);
    if (step.kind === 'verify') return this.verify(step);
    const { sequences } = step;
    const tokens = Int32Array.from(sequences, (sequence) => sequence.lastToken);
    const temperatures = sequences.map(Sampler.shareTemperature);
    const needsLogits = sequences.some(Sampler.needsLogits);
    const next = await runner.decode(sequences.map(slotOf), tokens, needsLogits, temperatures);
    return sequences.map((sequence, i) => ({ sequence, outputs: [next[i]], draft: [] }));
  }

  private async verify({ sequence, draft }: VerifyStep): Promise<PassResult[]> {
    const tokens = Int32Array.of(sequence.lastToken, ...draft);
    const temperature = Sampler.shareTemperature(sequence);
    const needsLogits = Sampler.needsLogits(sequence);
    return [{ sequence, draft, ...(await this.runner.verify!(slotOf(sequence), tokens, needsLogits, temperature)) }];
  }

  private async prefill(step: PrefillStep): Promise<PassResult[]> {
    const { runner, prompts } = this;
    const { sequence: first } = step;
    const next = await prompts.compute(step);
    const ready = this.scheduler.completePrefill(step);
    if (!next) return [];
    // Keys and values that are not finite may be a fault of this pass: the next prompt computes them again.
    if (next.argmax !== undefined) prompts.keep(first);
    for (const sibling of ready.slice(1)) await runner.copy(slotOf(first), slotOf(sibling));
    return ready.map((sequence) => ({ sequence, outputs: [{ ...next, logits: next.logits.slice() }], draft: [] }));
  }

  private postprocess(results: readonly PassResult[]): SequenceOutput[] {
    const outputs: SequenceOutput[] = [];
    for (const result of results) {
      const { sequence } = result;
      // One that was cancelled during the pass samples no token; the next step removes it.
      if (this.cancelled.has(sequence) || !this.requests.get(sequence.id)?.has(sequence)) continue;
      const startedAt = performance.now();
      const sampled = this.sampler.sample(result);
      this.scheduler.charge(sequence, performance.now() - startedAt);
      outputs.push(...sampled);
      const { finished, error } = sampled.at(-1)!;
      if (finished) this.release(sequence);
      // A sequence that fails ends its request.
      if (error) for (const member of this.requests.get(sequence.id)!) this.release(member);
    }
    return outputs;
  }

  /** Charges a pass to its sequences, in equal parts. */
  private charge(step: Step, durationMs: number): void {
    if (step.kind !== 'decode') return this.scheduler.charge(step.sequence, durationMs);
    for (const sequence of step.sequences) this.scheduler.charge(sequence, durationMs / step.sequences.length);
  }

  /** Fails the sequences of a pass that threw, whose cache is undefined now; the engine goes on. */
  private failAll(step: Step, error: AppError): SequenceOutput[] {
    const sequences = membersOf(step);
    for (const { id } of sequences) for (const member of this.requests.get(id) ?? []) this.release(member);
    return sequences.map(({ id, index, generated }) => ({ id, index, text: '', generated, error: error.serialize() }));
  }

  private release(sequence: Sequence): void {
    this.cancelled.delete(sequence);
    const slot = this.scheduler.remove(sequence);
    if (slot !== undefined) this.runner.free(slot);
    const rest = this.requests.get(sequence.id);
    rest?.delete(sequence);
    if (rest?.size !== 0) return;
    this.requests.delete(sequence.id);
    this.onRemoved.get(sequence.id)?.();
    this.onRemoved.delete(sequence.id);
  }
}

function prefixCacheOf({ runner, ...model }: EngineModel, options: EngineOptions): PrefixCache | undefined {
  const bytes = options.prefixCacheBytes ?? model.prefixCacheBytes ?? 0;
  if (!runner.positions || bytes === 0) return undefined;
  return new PrefixCache(bytes, BLOCK_TOKENS * runner.positions.positionBytes);
}
