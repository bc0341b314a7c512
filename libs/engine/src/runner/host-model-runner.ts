import { disableTiledAttention, InferenceSession, Tensor } from './onnxruntime.js';
import { GRAPH } from '../graph/delta-cache-interface.js';
import { KvCache } from './kv-cache.js';
import type { KvPool, KvShape } from './kv-pool.js';
import type { BatchPlan, ModelRunner, ForwardOutput, PositionAccess, Verification } from './model-runner.js';
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

/** A forward pass over rows of a pool. */
interface Pass {
  pool: KvPool;
  /** The first row, and how many; rows that the pool does not have are empty. */
  first: number;
  rows: number;
  /** New tokens of each row, and all of them: `[rows, newTokens]` row-major. */
  newTokens: number;
  tokens: Int32Array;
  /** The new tokens of each row whose outputs are wanted. */
  outputs: 'last' | 'all';
  needsLogits: boolean;
}

interface PassResult {
  outputs: ForwardOutput[];
  /** The new keys and values, `[rows, newTokens, ...]` as of {@link GRAPH.newKeyValues}. */
  delta: Float32Array;
}

/** Outputs are copied out of the runtime; logits are most of them. */
const WITHOUT_LOGITS = [GRAPH.argmax, GRAPH.logitSum, GRAPH.newKeyValues];
const WITH_LOGITS = [...WITHOUT_LOGITS, GRAPH.logits];

/**
 * Runs a delta-cache graph on onnxruntime-node, with the cache in host memory. The sequences of a decode pass may have
 * different lengths; where these lie far apart, they are computed in several passes.
 */
export class HostModelRunner implements ModelRunner {
  readonly positions: PositionAccess | undefined;
  readonly verify: ModelRunner['verify'];
  private readonly cache: KvCache;
  /** Tensors that are views of a pool, by its rows; a pool that is resized has other arrays. */
  private readonly views = new WeakMap<Float32Array, Map<string, Feeds>>();

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: HostModelRunnerOptions,
  ) {
    const { layers, kvHeads, headDim, maxBatchSize, minRows, weightBytes } = options;
    const tokenBytes = 2 * layers * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
    const maxRows = Math.max(maxBatchSize, minRows);
    if (options.provider.name === 'cpu') {
      this.positions = this.positionAccess(tokenBytes);
      this.verify = (slot, tokens, needsLogits) => this.verifyTokens(slot, tokens, needsLogits);
    }
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
    const pass = {
      pool,
      first: 0,
      rows: 1,
      newTokens: tokens.length,
      tokens,
      outputs: 'last',
      needsLogits: true,
    } as const;
    const { outputs, delta } = await this.run(pass);
    pool.append(tokens.length, delta);
    return outputs[0] as Required<ForwardOutput>;
  }

  plan(slots: readonly number[], newTokens?: readonly number[]): BatchPlan {
    return this.cache.plan(slots, newTokens);
  }

  relocate(plan: BatchPlan): void {
    this.cache.relocate(plan);
  }

  async decode(slots: readonly number[], tokens: Int32Array, needsLogits: boolean): Promise<ForwardOutput[]> {
    const tokenOf = new Map(slots.map((slot, i) => [slot, tokens[i]]));
    const { pool, slots: byRow } = this.cache.group(slots);
    // Rows between those that are decoded are computed as well: to move them would take longer.
    const used = byRow.findLastIndex((slot) => tokenOf.has(slot)) + 1;
    const rows = Math.max(used, this.options.minRows);
    const tokensByRow = Int32Array.from({ length: rows }, (_, row) => tokenOf.get(byRow[row]) ?? 0);
    const pass = { pool, first: 0, rows, newTokens: 1, tokens: tokensByRow, outputs: 'last', needsLogits } as const;
    const { outputs, delta } = await this.run(pass);
    const targets = Array.from({ length: rows }, (_, row) => (tokenOf.has(byRow[row]) ? row : undefined));
    pool.append(1, delta, targets);
    return slots.map((slot) => outputs[byRow.indexOf(slot)]);
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

  /** The pass returns the new keys and values, so those that are not kept were never in the cache. */
  private async verifyTokens(slot: number, tokens: Int32Array, needsLogits: boolean): Promise<Verification> {
    const { pool, row } = this.cache.place(slot);
    const newTokens = tokens.length;
    const { outputs, delta } = await this.run({
      pool,
      first: row,
      rows: 1,
      newTokens,
      tokens,
      outputs: 'all',
      needsLogits,
    });
    const keep = (kept: number): void => {
      const place = this.cache.place(slot);
      place.pool.append(kept, delta.subarray(0, kept * place.pool.tokenSize), [place.row]);
    };
    return { outputs, keep };
  }

  private async run(pass: Pass): Promise<PassResult> {
    const { pool, first, rows, newTokens, needsLogits } = pass;
    const lengths = Array.from({ length: rows }, (_, i) => (first + i < pool.rows ? pool.length(first + i) : 0));
    this.assertFits(Math.max(...lengths) + newTokens);
    const inputs = passInputs(pass.tokens, newTokens, lengths, pass.outputs);
    const feeds = { ...this.viewsOf(pool, first, rows), ...inputs };
    const results = await this.session.run(feeds, needsLogits ? WITH_LOGITS : WITHOUT_LOGITS);
    const { [GRAPH.argmax]: argmax, [GRAPH.logitSum]: logitSum } = results;
    const logits = needsLogits ? (results[GRAPH.logits].data as Float32Array) : undefined;
    return {
      outputs: forwardOutputs({ argmax, logitSum, logits }, this.vocabSize),
      delta: results[GRAPH.newKeyValues].data as Float32Array,
    };
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

  private viewsOf(pool: KvPool, first: number, rows: number): Feeds {
    let byRows = this.views.get(pool.keys[0]);
    if (!byRows) this.views.set(pool.keys[0], (byRows = new Map()));
    const key = `${first} ${rows}`;
    let feeds = byRows.get(key);
    if (!feeds) byRows.set(key, (feeds = this.createViews(pool, first, rows)));
    return feeds;
  }

  private createViews({ capacity, keys, values }: KvPool, first: number, rows: number): Feeds {
    const { layers, kvHeads, headDim } = this.options;
    const dims = [rows, kvHeads, capacity, headDim];
    const rowSize = kvHeads * capacity * headDim;
    const viewOf = (array: Float32Array): Tensor =>
      new Tensor('float32', array.subarray(first * rowSize, (first + rows) * rowSize), dims);
    const feeds: Feeds = {};
    for (let layer = 0; layer < layers; layer++) {
      feeds[GRAPH.pastKey(layer)] = viewOf(keys[layer]);
      feeds[GRAPH.pastValue(layer)] = viewOf(values[layer]);
    }
    return feeds;
  }
}
