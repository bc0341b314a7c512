import { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '@frontier/errors';
import { engineError } from '../engine.errors.js';
import { GRAPH } from '../graph/delta-cache-interface.js';
import { KvCache } from './kv-cache.js';
import type { KvPool, KvShape } from './kv-pool.js';
import type { Arrangement, ModelRunner, NextToken } from './model-runner.js';
import { capacityFor } from './pool-plan.js';

export interface OnnxModelRunnerOptions extends KvShape {
  vocabSize: number;
  maxBatchSize: number;
  /** The longest sequence, in tokens. */
  contextLength: number;
  /** See {@link ModelRunner}. */
  attentionDoublesAt: number;
  /** What a pass reads beside the cache. */
  weightBytes: number;
  /** Threads of one pass; 0 takes all cores. */
  threads: number;
}

type Feeds = Record<string, Tensor>;

/** Outputs are copied out of the runtime; logits are most of them. */
const WITHOUT_LOGITS = [GRAPH.likeliest, GRAPH.logitSum, GRAPH.newKeyValues];
const WITH_LOGITS = [...WITHOUT_LOGITS, GRAPH.logits];

/**
 * Runs a delta-cache graph on onnxruntime-node, with the cache in host memory. The sequences of a decode pass may have
 * different lengths; where these lie far apart, they are computed in several passes.
 */
export class OnnxModelRunner implements ModelRunner {
  private readonly cache: KvCache;
  /** Tensors that are views of a pool, by the number of rows; a pool that is resized has other arrays. */
  private readonly views = new WeakMap<Float32Array, Feeds[]>();

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: OnnxModelRunnerOptions,
  ) {
    const { layers, kvHeads, headDim, maxBatchSize, weightBytes } = options;
    const tokenBytes = 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
    this.cache = new KvCache({ layers, kvHeads, headDim, maxRows: maxBatchSize, passTokens: weightBytes / tokenBytes });
  }

  /**
   * Loads the graph in `path`. Blocks the event loop of this process until it is loaded.
   * @throws `engine_error` with the runtime's message
   */
  static async load(path: string, options: OnnxModelRunnerOptions): Promise<OnnxModelRunner> {
    try {
      const session = await InferenceSession.create(path, {
        intraOpNumThreads: options.threads,
        interOpNumThreads: 1,
        graphOptimizationLevel: 'all',
        // Spinning threads starve the HTTP process on a shared core; see docs/decisions/0005-no-spinning.md.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
      return new OnnxModelRunner(session, options);
    } catch (error) {
      throw engineError(`ONNX Runtime could not load the graph: ${messageOf(error)}`, error);
    }
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

  get attentionDoublesAt(): number {
    return this.options.attentionDoublesAt;
  }

  async prefill(slot: number, tokens: Int32Array, promptTokens: number): Promise<Required<NextToken>> {
    this.assertFits(promptTokens);
    const pool = this.cache.own(slot, capacityFor(promptTokens));
    const [next] = await this.run(pool, tokens, tokens.length, true);
    return next as Required<NextToken>;
  }

  arrange(slots: readonly number[]): Arrangement {
    return this.cache.arrange(slots);
  }

  async decode(slots: readonly number[], tokens: Int32Array, needsLogits: boolean): Promise<NextToken[]> {
    const tokenOf = new Map(slots.map((slot, i) => [slot, tokens[i]]));
    const { pool, slots: byRow } = this.cache.group(slots);
    const tokensByRow = Int32Array.from(byRow, (slot) => tokenOf.get(slot)!);
    const next = await this.run(pool, tokensByRow, 1, needsLogits);
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

  /** @param tokens `[rows, newTokens]` row-major, for all rows of the pool */
  private async run(pool: KvPool, tokens: Int32Array, newTokens: number, needsLogits: boolean): Promise<NextToken[]> {
    const { rows } = pool;
    const { vocabSize } = this;
    const positions = new BigInt64Array(tokens.length);
    const lastPositions = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const length = pool.length(row);
      for (let i = 0; i < newTokens; i++) positions[row * newTokens + i] = BigInt(length + i);
      lastPositions[row] = length + newTokens - 1;
    }
    const longest = lastPositions.reduce((a, b) => Math.max(a, b)) + 1;
    this.assertFits(longest);
    const feeds = {
      ...this.viewsOf(pool),
      [GRAPH.inputIds]: new Tensor('int32', tokens, [rows, newTokens]),
      [GRAPH.positionIds]: new Tensor('int64', positions, [rows, newTokens]),
      [GRAPH.lastPositions]: new Tensor('int32', lastPositions, [rows]),
      [GRAPH.totalLength]: new Tensor('int32', Int32Array.of(longest), []),
    };
    const outputs = await this.session.run(feeds, needsLogits ? WITH_LOGITS : WITHOUT_LOGITS);
    pool.append(newTokens, outputs[GRAPH.newKeyValues].data as Float32Array);
    const likeliest = outputs[GRAPH.likeliest].data as BigInt64Array;
    const sums = outputs[GRAPH.logitSum].data as Float32Array;
    const logits = needsLogits ? (outputs[GRAPH.logits].data as Float32Array) : undefined;
    return Array.from(likeliest, (token, row) => ({
      likeliest: Number.isFinite(sums[row]) ? Number(token) : undefined,
      logits: logits?.subarray(row * vocabSize, (row + 1) * vocabSize),
    }));
  }

  private assertFits(tokens: number): void {
    if (tokens > this.contextLength) {
      throw new Error(`Bug: a sequence of ${tokens} tokens exceeds the context of ${this.contextLength}.`);
    }
  }

  private viewsOf(pool: KvPool): Feeds {
    let byRows = this.views.get(pool.keys[0]);
    if (!byRows) this.views.set(pool.keys[0], (byRows = []));
    return (byRows[pool.rows] ??= this.createViews(pool));
  }

  private createViews({ rows, capacity, keys, values }: KvPool): Feeds {
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
