import type { ModelConfig, Precision } from '@frontier/engine';
import type { MachineLimits } from '../machine/machine-limits.ts';

/** Bytes of a weight of a layer, scales of blocks included; of an offset of a block, which types like Q4_1 have besides. */
const WEIGHT_BYTES = { fp32: 4, int8: 1, int4: 0.625 } as const;
const OFFSET_BYTES = 0.125;
/** Of an element of the cache. */
const CACHE_BYTES = 4;

interface WorkOptions {
  precision: Precision;
  /** True if blocks of weights have offsets. */
  hasOffsets: boolean;
}

/**
 * The least that a model's passes can take on a machine: the time to read their bytes, or to compute their products, whichever is longer.
 * Each weight takes a multiplication and an addition for a token, in 8 bits; scores and values of attention take two of each for a head's
 * element and a token of the past, in float32.
 */
export class Work {
  private readonly config: ModelConfig;
  private readonly machine: MachineLimits;
  private readonly precision: Precision;
  private readonly weightBytes: number;

  constructor(config: ModelConfig, { precision, hasOffsets }: WorkOptions, machine: MachineLimits) {
    this.config = config;
    this.machine = machine;
    this.precision = precision;
    this.weightBytes = WEIGHT_BYTES[precision] + (precision === 'int4' && hasOffsets ? OFFSET_BYTES : 0);
  }

  /** Milliseconds of a decode step of streams of so many tokens. */
  decodeMs(streams: number, past: number): number {
    const { layers, kvHeads, headDim } = this.config;
    const cacheBytes = streams * past * layers * 2 * kvHeads * headDim * CACHE_BYTES;
    const headBytes = this.headWeights * (this.precision === 'fp32' ? 4 : 1);
    const bytes = this.layerWeights * this.weightBytes + headBytes + cacheBytes;
    const products = streams * (this.layerWeights + this.headWeights);
    return Math.max((1000 * bytes) / this.machine.bytesPerSecond, this.productsMs(products, streams * past));
  }

  /** Milliseconds to the first token after a prompt, of which `past` tokens are computed. */
  prefillMs(tokens: number, past = 0): number {
    const pairs = tokens * past + (tokens * (tokens + 1)) / 2;
    return Math.max(this.productsMs(tokens * this.layerWeights + this.headWeights, pairs), this.decodeMs(1, past));
  }

  /** @param pairs of a new token and one that it attends to */
  private productsMs(products: number, pairs: number): number {
    const { layers, heads, headDim } = this.config;
    const { int8OpsPerSecond, floatOpsPerSecond } = this.machine;
    const speed = this.precision === 'fp32' ? floatOpsPerSecond : int8OpsPerSecond;
    return (1000 * 2 * products) / speed + (1000 * 4 * pairs * layers * heads * headDim) / floatOpsPerSecond;
  }

  private get layerWeights(): number {
    const { layers, hiddenSize, intermediateSize, heads, kvHeads, headDim } = this.config;
    return layers * (hiddenSize * headDim * 2 * (heads + kvHeads) + 3 * hiddenSize * intermediateSize);
  }

  private get headWeights(): number {
    return this.config.vocabSize * this.config.hiddenSize;
  }
}
