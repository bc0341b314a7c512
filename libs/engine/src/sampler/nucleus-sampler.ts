import { SHARE_TOKENS } from '../graph/delta-cache-interface.js';
import type { Candidates } from './candidates.js';
import { cutCandidates } from './cut-candidates.js';
import type { Random } from './random.js';
import { STEPS_PER_OCTAVE, WEIGHTLESS_STEPS, weightOf } from './weight-table.js';

export interface NucleusOptions {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
}

/** The logits to draw a token from. */
export interface Distribution {
  logits: Float32Array;
  /** The token with the largest logit. */
  best: number;
  /**
   * The shares that blocks of {@link SHARE_TOKENS} tokens have in softmax(logits / temperature), where they are known: then
   * most blocks need not be looked at.
   */
  shares?: Float32Array;
}

/** Distances up to which candidates are looked for, one after the other, until there are enough. */
const REACHES = [6, 10, 16, 24].map((octaves) => octaves * STEPS_PER_OCTAVE);

/** The part of a share that rounding may take away. */
const SHARE_TOLERANCE = 1e-3;

/**
 * Draws a token from softmax(logits / temperature) after min-p, then top-k, then top-p (of what top-k kept), without
 * sorting the vocabulary. Ties go to the lower id. The most likely token weighs 1; a token's distance from it is kept in steps of the
 * weight table. Buffers are reused, so an instance serves one draw at a time.
 */
export class NucleusSampler {
  private readonly blockSums: Float64Array;
  private readonly candidates: Candidates;

  constructor(vocabSize: number) {
    this.blockSums = new Float64Array(Math.ceil(vocabSize / SHARE_TOKENS));
    this.candidates = {
      ids: new Int32Array(vocabSize),
      steps: new Float64Array(vocabSize),
      weights: new Float64Array(vocabSize),
    };
  }

  draw(distribution: Distribution, { temperature, topK, topP, minP }: NucleusOptions, random: Random): number {
    const scale = (Math.LOG2E * STEPS_PER_OCTAVE) / temperature;
    if (topK === 0 && topP >= 1 && minP === 0) return this.drawFromAll(distribution, scale, random);

    let count = this.gather(distribution, scale, { topK, topP, minP });
    if (topK > 0 && topK < count) count = cutCandidates(this.candidates, count, 'count', topK);
    if (topP < 1) {
      const total = topK === 0 && minP === 0 ? this.totalOf(distribution, scale) : undefined;
      count = cutCandidates(this.candidates, count, 'weight', topP * (total ?? this.weigh(count)));
    }
    return this.pick(count, random() * this.weigh(count));
  }

  private drawFromAll(distribution: Distribution, scale: number, random: Random): number {
    const { logits, best } = distribution;
    const max = logits[best];
    const sums = distribution.shares ?? this.sumBlocks(distribution, scale);
    let total = 0;
    for (const sum of sums) total += sum;
    let left = random() * total;
    let block = 0;
    while (block < sums.length - 1 && left >= sums[block]) left -= sums[block++];
    left *= this.sumOf(distribution, scale, block) / sums[block];
    // Rounding can leave a sliver of the mass over: it falls to the block's last token that has a weight.
    let last = best;
    for (let token = block * SHARE_TOKENS; token < Math.min((block + 1) * SHARE_TOKENS, logits.length); token++) {
      const weight = weightOf((max - logits[token]) * scale);
      if (weight === 0) continue;
      last = token;
      left -= weight;
      if (left < 0) break;
    }
    return last;
  }

  private sumBlocks(distribution: Distribution, scale: number): Float64Array {
    const { blockSums } = this;
    for (let block = 0; block < blockSums.length; block++) blockSums[block] = this.sumOf(distribution, scale, block);
    return blockSums;
  }

  /** The weights of a block together. */
  private sumOf({ logits, best }: Distribution, scale: number, block: number): number {
    const max = logits[best];
    const end = Math.min((block + 1) * SHARE_TOKENS, logits.length);
    let sum = 0;
    for (let token = block * SHARE_TOKENS; token < end; token++) sum += weightOf((max - logits[token]) * scale);
    return sum;
  }

  /** The weights of all tokens together. */
  private totalOf(distribution: Distribution, scale: number): number {
    const { shares } = distribution;
    let total = 0;
    if (!shares) for (const sum of this.sumBlocks(distribution, scale)) total += sum;
    else for (const share of shares) total += share;
    return shares ? total / this.largestShare(distribution, scale) : total;
  }

  /** The share of the most likely token. */
  private largestShare(distribution: Distribution, scale: number): number {
    const block = Math.floor(distribution.best / SHARE_TOKENS);
    return distribution.shares![block] / this.sumOf(distribution, scale, block);
  }

  /** Makes candidates, with their weights, of all tokens that the limits can leave; returns their number. */
  private gather(distribution: Distribution, scale: number, limits: Omit<NucleusOptions, 'temperature'>): number {
    const { topK, topP, minP } = limits;
    const farthest = Math.min(-Math.log2(minP) * STEPS_PER_OCTAVE, WEIGHTLESS_STEPS);
    if (!distribution.shares) return this.gatherWithin(distribution, scale, farthest, 0);
    const largest = this.largestShare(distribution, scale);
    const least = (reach: number): number => (1 - SHARE_TOLERANCE) * largest * 2 ** (-reach / STEPS_PER_OCTAVE);
    if (minP === 0) {
      const enough = topK > 0 ? Infinity : topP * this.totalOf(distribution, scale);
      for (const reach of REACHES) {
        const count = this.gatherWithin(distribution, scale, reach, least(reach));
        if (topK > 0 ? count >= Math.min(topK, distribution.logits.length) : this.weigh(count) >= enough) return count;
      }
    }
    return this.gatherWithin(distribution, scale, farthest, least(farthest));
  }

  /**
   * Makes candidates of the tokens that are no farther than `reach` and have a weight.
   * @param leastShare of the blocks that can hold such tokens
   */
  private gatherWithin(distribution: Distribution, scale: number, reach: number, leastShare: number): number {
    const { logits, best, shares } = distribution;
    const max = logits[best];
    const { ids, steps, weights } = this.candidates;
    let count = 0;
    for (let block = 0; block < this.blockSums.length; block++) {
      if (shares && shares[block] < leastShare) continue;
      const end = Math.min((block + 1) * SHARE_TOKENS, logits.length);
      for (let token = block * SHARE_TOKENS; token < end; token++) {
        const distance = (max - logits[token]) * scale;
        if (!(distance <= reach && distance < WEIGHTLESS_STEPS)) continue;
        ids[count] = token;
        weights[count] = weightOf(distance);
        steps[count++] = distance;
      }
    }
    return count;
  }

  /** The weights of the first candidates together. */
  private weigh(count: number): number {
    let mass = 0;
    for (let i = 0; i < count; i++) mass += this.candidates.weights[i];
    return mass;
  }

  private pick(count: number, point: number): number {
    const { ids, weights } = this.candidates;
    let left = point;
    for (let i = 0; i < count; i++) {
      left -= weights[i];
      if (left < 0) return ids[i];
    }
    return ids[count - 1];
  }
}
