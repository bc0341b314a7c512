import { disableTiledAttention, InferenceSession, Tensor } from './onnxruntime.js';
import { GRAPH } from '../graph/delta-cache-interface.js';
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
import { forwardOutputs, passInputs } from './pass-tensors.js';
import { capacityFor } from '../kv-pool/pool-plan.js';
import { PoolViews } from './pool-views.js';
import type { ModelRunnerOptions } from './model-runner-options.js';
import { sessionOptions } from './provider.js';

/** A forward pass over rows of a pool. */
interface Pass {
  pool: KvPool;
  /** The first row. */
  first: number;
  /** The tokens that each row has already; rows that the pool does not have are empty. */
  lengths: readonly number[];
  /** New tokens of each row, and all of them: `[rows, newTokens]` row-major. */
  newTokens: number;
  tokens: Int32Array;
  /** The new tokens of each row whose outputs are wanted. */
  outputs: 'last' | 'all';
  needsLogits: boolean;
  /** The temperatures of the outputs, or the one of all; 0 where shares are not wanted. */
  temperatures: readonly number[] | number;
}

interface PassResult {
  outputs: ForwardOutput[];
  /** The new keys and values, `[rows, newTokens, ...]` as of {@link GRAPH.newKeyValues}. */
  delta: Float32Array;
}

/** Outputs are copied out of the runtime; logits are most of them. */
const WITHOUT_LOGITS = [GRAPH.argmax, GRAPH.logitSum, GRAPH.newKeyValues];
const WITH_LOGITS = [...WITHOUT_LOGITS, GRAPH.logits, GRAPH.blockShares];

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
  private readonly cache: KvCache;
  private readonly views: PoolViews;

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
    this.views = new PoolViews(options);
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
    return (await this.computePrompt('last', slot, tokens, promptTokens, temperature))[0];
  }

  async prefillAll(slot: number, tokens: Int32Array, promptTokens: number, temperature = 0): Promise<PromptOutput[]> {
    return this.computePrompt('all', slot, tokens, promptTokens, temperature);
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
    this.cache.free(slot);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async computePrompt(
    outputs: Pass['outputs'],
    slot: number,
    tokens: Int32Array,
    promptTokens: number,
    temperature: number,
  ): Promise<PromptOutput[]> {
    this.assertFits(promptTokens);
    const pool = this.cache.own(slot, capacityFor(promptTokens));
    const pass = {
      pool,
      first: 0,
      lengths: [pool.length(0)],
      newTokens: tokens.length,
      tokens,
      outputs,
      needsLogits: true,
      temperatures: temperature,
    } as const;
    const result = await this.run(pass);
    pool.append(tokens.length, result.delta);
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
    const { pool, first, lengths, newTokens, needsLogits } = pass;
    this.assertFits(Math.max(...lengths) + newTokens);
    const inputs = passInputs(pass.tokens, newTokens, lengths, pass.outputs);
    const { temperatures } = pass;
    const factors = Float32Array.from({ length: inputs[GRAPH.outputRows].dims[0] }, (_, row) => {
      const temperature = typeof temperatures === 'number' ? temperatures : temperatures[row];
      return temperature === 0 ? 0 : 1 / temperature;
    });
    const feeds = {
      ...this.views.of(pool, first, lengths.length),
      ...inputs,
      [GRAPH.inverseTemperatures]: new Tensor('float32', factors, [factors.length]),
    };
    const results = await this.session.run(feeds, needsLogits ? WITH_LOGITS : WITHOUT_LOGITS);
    const data = (name: string): Float32Array => results[name].data as Float32Array;
    return {
      outputs: forwardOutputs({
        argmax: results[GRAPH.argmax],
        logitSum: results[GRAPH.logitSum],
        ...(needsLogits && {
          logits: data(GRAPH.logits),
          shares: { data: data(GRAPH.blockShares), wantedBy: factors },
        }),
      }),
      delta: data(GRAPH.newKeyValues),
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
}
