import { disableTiledAttention, InferenceSession } from './onnxruntime.js';
import { HostPasses, type Pass, type PassResult } from './host-passes.js';
import { type Stage, stagesOf } from '../graph/stages.js';
import { KvCache } from './kv-cache.js';
import type { KvPool } from '../kv-pool/kv-pool.js';
import type {
  BatchPlan,
  ModelRunner,
  ForwardOutput,
  PositionAccess,
  PromptOutput,
  Verification,
} from './model-runner.js';
import { capacityFor } from '../kv-pool/pool-plan.js';
import type { ModelRunnerOptions } from './model-runner-options.js';
import { sessionOptions } from './provider.js';

/** A piece of a prompt whose first stages are computed. */
interface BegunPiece {
  pool: KvPool;
  /** The number of those stages. */
  stages: number;
  /** The residual stream after them. */
  residual: Float32Array | undefined;
}

/**
 * Runs a delta-cache graph on onnxruntime-node, with the cache in host memory. The sequences of a decode pass may have
 * different lengths; where these lie far apart, they are computed in several passes.
 */
export class HostModelRunner implements ModelRunner {
  readonly maxBatchSize: number;
  readonly contextLength: number;
  readonly vocabSize: number;
  readonly attentionCrossoverTokens: number;
  readonly shortPromptTokens: number;
  readonly positions: PositionAccess | undefined;
  readonly verify: ModelRunner['verify'];
  readonly promptStages: number;
  private readonly stages: readonly Stage[];
  private readonly cache: KvCache;
  private readonly passes: HostPasses;
  /** By slot. */
  private readonly begun = new Map<number, BegunPiece>();

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: ModelRunnerOptions,
  ) {
    this.maxBatchSize = options.maxBatchSize;
    this.contextLength = options.contextLength;
    this.vocabSize = options.vocabSize;
    this.attentionCrossoverTokens = options.attentionCrossoverTokens;
    this.shortPromptTokens = options.shortPromptTokens;
    const { layers, kvHeads, headDim, maxBatchSize, minRows, weightBytes } = options;
    const tokenBytes = 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
    const maxRows = Math.max(maxBatchSize, minRows);
    if (options.provider.name === 'cpu') {
      this.positions = this.positionAccess(tokenBytes);
      this.verify = (...pass) => this.verifyTokens(...pass);
    }
    this.stages = options.staged ? stagesOf(layers) : [{ from: 0, to: layers }];
    this.promptStages = this.stages.length;
    this.passes = new HostPasses(options, this.promptStages);
    this.cache = new KvCache({ ...options, maxRows, passTokens: weightBytes / tokenBytes });
  }

  /** Loads the graph in `path`. Blocks the event loop of this process until it is loaded. */
  static async load(path: string, options: ModelRunnerOptions): Promise<HostModelRunner> {
    disableTiledAttention();
    return new HostModelRunner(
      await InferenceSession.create(path, sessionOptions(options.provider, options.threads)),
      options,
    );
  }

  async prefill(slot: number, tokens: Int32Array, promptTokens: number, temperature = 0): Promise<PromptOutput> {
    return (await this.computePrompt({ slot, tokens, promptTokens, temperature }))[0];
  }

  async prefillAll(slot: number, tokens: Int32Array, promptTokens: number, temperature = 0): Promise<PromptOutput[]> {
    return this.computePrompt({ slot, tokens, promptTokens, temperature, outputs: 'all' });
  }

  async prefillStages(slot: number, tokens: Int32Array, promptTokens: number, stages: number): Promise<void> {
    await this.computePrompt({ slot, tokens, promptTokens, stages });
  }

  plan(slots: readonly number[], newTokens?: readonly number[]): BatchPlan {
    return this.cache.plan(slots, newTokens);
  }

  relocate(plan: BatchPlan): void {
    this.cache.relocate(plan);
  }

  async decode(
    slots: readonly number[],
    tokens: Int32Array,
    needsLogits: boolean,
    temperatures?: readonly number[],
  ): Promise<ForwardOutput[]> {
    const placeOf = new Map(slots.map((slot, i) => [slot, i]));
    const { pool, slots: byRow } = this.cache.group(slots);
    // Rows between those that are decoded are computed as well, as if they were empty: to move them would take longer.
    const used = byRow.findLastIndex((slot) => placeOf.has(slot)) + 1;
    const places = Array.from({ length: Math.max(used, this.options.minRows) }, (_, row) => placeOf.get(byRow[row]));
    const { outputs, delta } = await this.run({
      pool,
      first: 0,
      lengths: places.map((place, row) => (place === undefined ? 0 : pool.length(row))),
      newTokens: 1,
      tokens: Int32Array.from(places, (place) => (place === undefined ? 0 : tokens[place])),
      outputs: 'last',
      needsLogits,
      temperatures: temperatures ? places.map((place) => (place === undefined ? 0 : temperatures[place])) : 0,
    });
    pool.append(
      1,
      delta,
      places.map((place, row) => (place === undefined ? undefined : row)),
    );
    return slots.map((slot) => outputs[byRow.indexOf(slot)]);
  }

  copy(from: number, to: number): void {
    this.cache.copy(from, to);
  }

  free(slot: number): void {
    this.begun.delete(slot);
    this.cache.free(slot);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  /** Computes a piece of a prompt up to the last stage, or to another one, from where it was left. */
  private async computePrompt(piece: {
    slot: number;
    tokens: Int32Array;
    promptTokens: number;
    temperature?: number;
    outputs?: Pass['outputs'];
    stages?: number;
  }): Promise<PromptOutput[]> {
    const { slot, tokens, promptTokens, temperature = 0, outputs = 'last', stages = this.promptStages } = piece;
    this.assertFits(promptTokens);
    const pool = this.cache.own(slot, capacityFor(promptTokens));
    const begun = this.begun.get(slot) ?? { pool, stages: 0, residual: undefined };
    if (begun.pool !== pool) throw new Error(`Bug: slot ${slot} was moved while a piece of its prompt was computed.`);
    this.begun.delete(slot);
    const result = await this.run({
      pool,
      first: 0,
      lengths: [pool.length(0)],
      newTokens: tokens.length,
      tokens,
      outputs,
      needsLogits: true,
      temperatures: temperature,
      stages: { from: begun.stages, to: stages, residual: begun.residual },
    });
    pool.append(tokens.length, result.delta, [0], this.stages[begun.stages].from);
    if (stages < this.promptStages) this.begun.set(slot, { pool, stages, residual: result.residual });
    return result.outputs as PromptOutput[];
  }

  /** The pass returns the new keys and values, so those that are not kept were never in the cache. */
  private async verifyTokens(
    slot: number,
    tokens: Int32Array,
    needsLogits: boolean,
    temperature = 0,
  ): Promise<Verification> {
    const { pool, row } = this.cache.place(slot);
    const newTokens = tokens.length;
    const { outputs, delta } = await this.run({
      pool,
      first: row,
      lengths: [pool.length(row)],
      newTokens,
      tokens,
      outputs: 'all',
      needsLogits,
      temperatures: temperature,
    });
    const keep = (kept: number): void => {
      const place = this.cache.place(slot);
      place.pool.append(kept, delta.subarray(0, kept * place.pool.tokenSize), [place.row]);
    };
    return { outputs, keep };
  }

  private async run(pass: Pass): Promise<PassResult> {
    this.assertFits(Math.max(...pass.lengths) + pass.newTokens);
    const { feeds, fetches, read } = this.passes.prepare(pass);
    return read(await this.session.run(feeds, fetches));
  }

  private positionAccess(positionBytes: number): PositionAccess {
    return {
      positionBytes,
      read: (slot, from, count, into) => this.cache.read(slot, from, count, into),
      append: (slot, copies, count, promptTokens) => {
        this.assertFits(promptTokens);
        const pool = this.cache.own(slot, capacityFor(promptTokens));
        for (const copy of copies) pool.appendCopy(0, count, copy);
      },
    };
  }

  private assertFits(tokens: number): void {
    if (tokens > this.contextLength) {
      throw new Error(`Bug: a sequence of ${tokens} tokens exceeds the context of ${this.contextLength}.`);
    }
  }
}
