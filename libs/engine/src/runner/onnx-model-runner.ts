import { InferenceSession, Tensor } from 'onnxruntime-node';
import { messageOf } from '@frontier/errors';
import { engineError } from '../engine.errors.js';
import { GRAPH } from '../graph/delta-cache-interface.js';
import { KvCache, type KvCacheShape } from './kv-cache.js';
import type { ModelRunner } from './model-runner.js';

export interface OnnxModelRunnerOptions extends KvCacheShape {
  vocabSize: number;
  /** Threads of one pass; 0 takes all cores. */
  threads: number;
}

type Feeds = Record<string, Tensor>;

/**
 * Runs a delta-cache graph on onnxruntime-node. Sequences of a decode pass may have different lengths.
 *
 * Tensors that are views of the cache are made once per batch size and slot, and again only when the cache moves:
 * a step at steady state creates four small tensors.
 */
export class OnnxModelRunner implements ModelRunner {
  private readonly cache: KvCache;
  private decodeCaches: Feeds[] = [];
  private slotCaches: Feeds[] = [];

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: OnnxModelRunnerOptions,
  ) {
    this.cache = new KvCache(options);
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

  get maxSlots(): number {
    return this.options.maxSlots;
  }

  get contextLength(): number {
    return this.options.maxTokens;
  }

  get vocabSize(): number {
    return this.options.vocabSize;
  }

  async prefill(slot: number, tokens: Int32Array): Promise<Float32Array> {
    const start = this.cache.length(slot);
    const end = start + tokens.length;
    this.fit(end);
    const positions = BigInt64Array.from({ length: tokens.length }, (_, i) => BigInt(start + i));
    const feeds = {
      ...(this.slotCaches[slot] ??= this.cacheTensors(slot, 1)),
      [GRAPH.inputIds]: new Tensor('int32', tokens, [1, tokens.length]),
      [GRAPH.positionIds]: new Tensor('int64', positions, [1, tokens.length]),
      [GRAPH.lastPositions]: new Tensor('int32', Int32Array.of(end - 1), [1]),
      [GRAPH.totalLength]: new Tensor('int32', Int32Array.of(end), []),
    };
    return this.run(feeds, slot, 1, tokens.length);
  }

  async decode(tokens: Int32Array): Promise<Float32Array> {
    const rows = tokens.length;
    const lastPositions = Int32Array.from(tokens, (_, slot) => this.cache.length(slot));
    const longest = lastPositions.reduce((a, b) => Math.max(a, b)) + 1;
    this.fit(longest);
    const feeds = {
      ...(this.decodeCaches[rows] ??= this.cacheTensors(0, rows)),
      [GRAPH.inputIds]: new Tensor('int32', tokens, [rows, 1]),
      [GRAPH.positionIds]: new Tensor('int64', BigInt64Array.from(lastPositions, BigInt), [rows, 1]),
      [GRAPH.lastPositions]: new Tensor('int32', lastPositions, [rows]),
      [GRAPH.totalLength]: new Tensor('int32', Int32Array.of(longest), []),
    };
    return this.run(feeds, 0, rows, 1);
  }

  move(from: number, to: number): void {
    this.cache.move(from, to);
  }

  free(slot: number): void {
    this.cache.free(slot);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async run(feeds: Feeds, firstSlot: number, slots: number, tokens: number): Promise<Float32Array> {
    const outputs = await this.session.run(feeds);
    this.cache.append(firstSlot, slots, tokens, outputs[GRAPH.newKeyValues].data as Float32Array);
    return outputs[GRAPH.logits].data as Float32Array;
  }

  private fit(tokens: number): void {
    if (tokens > this.contextLength) {
      throw new Error(`Bug: a sequence of ${tokens} tokens exceeds the context of ${this.contextLength}.`);
    }
    if (!this.cache.fit(tokens)) return;
    this.decodeCaches = [];
    this.slotCaches = [];
  }

  private cacheTensors(firstSlot: number, slots: number): Feeds {
    const { layers, kvHeads, headDim } = this.options;
    const dims = [slots, kvHeads, this.cache.capacity, headDim];
    const begin = firstSlot * this.cache.slotSize;
    const end = begin + slots * this.cache.slotSize;
    const view = (array: Float32Array): Tensor => new Tensor('float32', array.subarray(begin, end), dims);
    const feeds: Feeds = {};
    for (let layer = 0; layer < layers; layer++) {
      feeds[GRAPH.pastKey(layer)] = view(this.cache.keys[layer]);
      feeds[GRAPH.pastValue(layer)] = view(this.cache.values[layer]);
    }
    return feeds;
  }
}
