import { disableTiledAttention, InferenceSession, Tensor } from './onnxruntime.js';
import { GRAPH } from '../graph/delta-cache-interface.js';
import { KvCache } from './kv-cache.js';
import type { KvPool, KvShape } from './kv-pool.js';
import type { BatchPlan, ModelRunner, ForwardOutput, PositionAccess } from './model-runner.js';
import { forwardOutputs, passInputs } from './pass-tensors.js';
import { capacityFor } from './pool-plan.js';
import { type ProviderOptions, sessionOptions } from './provider.js';

export interface HostModelRunnerOptions extends KvShape {
  vocabSize: number;
  maxBatchSize: number;
  /** The longest sequence, in tokens. */
  contextLength: number;
  /** See {@link ModelRunner}. */
  attentionCrossoverTokens: number;
  /** Bytes that a pass reads beside the cache. */
  weightBytes: number;
  /** Rows of a decode pass at least: where a row alone has other bits than beside others, an empty one is added. */
  minRows: number;
  /** Threads of one pass; 0 takes all cores. */
  threads: number;
  provider: ProviderOptions;
}

type Feeds = Record<string, Tensor>;

/** Outputs are copied out of the runtime; logits are most of them. */
const WITHOUT_LOGITS = [GRAPH.argmax, GRAPH.logitSum, GRAPH.newKeyValues];
const WITH_LOGITS = [...WITHOUT_LOGITS, GRAPH.logits];

/**
 * Runs a delta-cache graph on onnxruntime-node, with the cache in host memory. The sequences of a decode pass may have
 * different lengths; where these lie far apart, they are computed in several passes.
 */
export class HostModelRunner implements ModelRunner {
  readonly positions: PositionAccess | undefined;
  private readonly cache: KvCache;
  /** Tensors that are views of a pool, by the number of rows; a pool that is resized has other arrays. */
  private readonly views = new WeakMap<Float32Array, Feeds[]>();

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: HostModelRunnerOptions,
  ) {
    const { layers, kvHeads, headDim, maxBatchSize, minRows, weightBytes } = options;
    const tokenBytes = 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
    const maxRows = Math.max(maxBatchSize, minRows);
    if (options.provider.name === 'cpu') this.positions = this.positionAccess(tokenBytes);
    this.cache = new KvCache({ layers, kvHeads, headDim, minRows, maxRows, passTokens: weightBytes / tokenBytes });
  }

  /** Loads the graph in `path`. Blocks the event loop of this process until it is loaded. */
  static async load(path: string, options: HostModelRunnerOptions): Promise<HostModelRunner> {
    disableTiledAttention();
    return new HostModelRunner(
      await InferenceSession.create(path, sessionOptions(options.provider, options.threads)),
      options,
    );
  }

  get maxBatchSize(): number {
    return this.options.maxBatchSize;
  }

  get contextLength(): number {
    return this.options.contextLength;
  }

  get vocabSize(): number {
    return this.options.vocabSize;
  }

  get attentionCrossoverTokens(): number {
    return this.options.attentionCrossoverTokens;
  }

  async prefill(slot: number, tokens: Int32Array, promptTokens: number): Promise<Required<ForwardOutput>> {
    this.assertFits(promptTokens);
    const pool = this.cache.own(slot, capacityFor(promptTokens));
    const [next] = await this.run(pool, tokens, tokens.length, pool.rows, true);
    return next as Required<ForwardOutput>;
  }

  plan(slots: readonly number[]): BatchPlan {
    return this.cache.plan(slots);
  }

  relocate(plan: BatchPlan): void {
    this.cache.relocate(plan);
  }

  async decode(slots: readonly number[], tokens: Int32Array, needsLogits: boolean): Promise<ForwardOutput[]> {
    const tokenOf = new Map(slots.map((slot, i) => [slot, tokens[i]]));
    const { pool, slots: byRow } = this.cache.group(slots);
    const tokensByRow = Int32Array.from(byRow, (slot) => tokenOf.get(slot)!);
    const next = await this.run(pool, tokensByRow, 1, Math.max(pool.rows, this.options.minRows), needsLogits);
    const nextOf = new Map(byRow.map((slot, row) => [slot, next[row]]));
    return slots.map((slot) => nextOf.get(slot)!);
  }

  copy(from: number, to: number): void {
    this.cache.copy(from, to);
  }

  free(slot: number): void {
    this.cache.free(slot);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  /**
   * @param given `[pool.rows, newTokens]` row-major
   * @param rows those of the pass: rows that the pool does not have are empty, and their results are dropped
   */
  private async run(
    pool: KvPool,
    given: Int32Array,
    newTokens: number,
    rows: number,
    needsLogits: boolean,
  ): Promise<ForwardOutput[]> {
    const lengths = Array.from({ length: rows }, (_, row) => (row < pool.rows ? pool.length(row) : 0));
    this.assertFits(Math.max(...lengths) + newTokens);
    const tokens = new Int32Array(rows * newTokens);
    tokens.set(given);
    const feeds = { ...this.viewsOf(pool, rows), ...passInputs(tokens, newTokens, lengths) };
    const outputs = await this.session.run(feeds, needsLogits ? WITH_LOGITS : WITHOUT_LOGITS);
    const delta = outputs[GRAPH.newKeyValues].data as Float32Array;
    pool.append(newTokens, delta.subarray(0, (delta.length / rows) * pool.rows));
    const { [GRAPH.argmax]: argmax, [GRAPH.logitSum]: logitSum } = outputs;
    const logits = needsLogits ? (outputs[GRAPH.logits].data as Float32Array) : undefined;
    return forwardOutputs({ argmax, logitSum, logits }, this.vocabSize).slice(0, pool.rows);
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

  private viewsOf(pool: KvPool, rows: number): Feeds {
    let byRows = this.views.get(pool.keys[0]);
    if (!byRows) this.views.set(pool.keys[0], (byRows = []));
    return (byRows[rows] ??= this.createViews(pool, rows));
  }

  private createViews({ capacity, keys, values }: KvPool, rows: number): Feeds {
    const { layers, kvHeads, headDim } = this.options;
    const dims = [rows, kvHeads, capacity, headDim];
    const size = rows * kvHeads * capacity * headDim;
    const feeds: Feeds = {};
    for (let layer = 0; layer < layers; layer++) {
      feeds[GRAPH.pastKey(layer)] = new Tensor('float32', keys[layer].subarray(0, size), dims);
      feeds[GRAPH.pastValue(layer)] = new Tensor('float32', values[layer].subarray(0, size), dims);
    }
    return feeds;
  }
}
