import type { Random } from './random.js';
import { STEPS_PER_OCTAVE, WEIGHTLESS_STEPS, weightOf } from './weight-table.js';

export interface NucleusOptions {
  temperature: number;
  topK: number;
  topP: number;
  minP: number;
}

/** Tokens whose weights are added up as one, so that a draw looks at one block only. */
const BLOCK = 256;
/** Bins of the histogram that finds where a limit falls: 16 to an octave of probability, over 40 octaves. */
const BINS = 640;
const STEPS_PER_BIN = STEPS_PER_OCTAVE / 16;

/**
 * Draws a token from softmax(logits / temperature) after min-p, then top-k, then top-p (of what top-k kept), without
 * sorting the vocabulary: a histogram over probability finds the bin in which a limit falls, and only that bin is
 * sorted. Ties go to the lower id. The most likely token weighs 1; a token's distance from it is kept in steps of the
 * weight table. Buffers are reused, so an instance serves one draw at a time.
 */
export class NucleusSampler {
  private readonly blockSums: Float64Array;
  /** The candidates, with their distances and weights. */
  private readonly ids: Int32Array;
  private readonly steps: Float64Array;
  private readonly weights: Float64Array;
  private readonly binValues = new Float64Array(BINS);

  constructor(vocabSize: number) {
    this.blockSums = new Float64Array(Math.ceil(vocabSize / BLOCK));
    this.ids = new Int32Array(vocabSize);
    this.steps = new Float64Array(vocabSize);
    this.weights = new Float64Array(vocabSize);
  }

  /** @param max the largest of the logits */
  draw(logits: Float32Array, max: number, { temperature, topK, topP, minP }: NucleusOptions, random: Random): number {
    const scale = (Math.LOG2E * STEPS_PER_OCTAVE) / temperature;
    if (topK === 0 && topP >= 1 && minP === 0) return this.drawFromAll(logits, max, scale, random);

    let count = this.gather(logits, max, scale, minP);
    if (topK > 0 && topK < count) count = this.cut(count, undefined, topK);
    let mass = 0;
    for (let i = 0; i < count; i++) mass += this.weights[i] = weightOf(this.steps[i]);
    if (topP < 1) {
      count = this.cut(count, this.weights, topP * mass);
      mass = 0;
      for (let i = 0; i < count; i++) mass += this.weights[i];
    }
    return this.pick(count, random() * mass);
  }

  private drawFromAll(logits: Float32Array, max: number, scale: number, random: Random): number {
    const { blockSums } = this;
    let total = 0;
    for (let block = 0; block < blockSums.length; block++) {
      const end = Math.min((block + 1) * BLOCK, logits.length);
      let sum = 0;
      for (let token = block * BLOCK; token < end; token++) sum += weightOf((max - logits[token]) * scale);
      blockSums[block] = sum;
      total += sum;
    }
    let left = random() * total;
    let block = 0;
    while (block < blockSums.length - 1 && left >= blockSums[block]) left -= blockSums[block++];
    // Rounding can leave a sliver of the mass over: it falls to the block's last token that has a weight.
    let last = logits.indexOf(max);
    for (let token = block * BLOCK; token < Math.min((block + 1) * BLOCK, logits.length); token++) {
      const weight = weightOf((max - logits[token]) * scale);
      if (weight === 0) continue;
      last = token;
      left -= weight;
      if (left < 0) break;
    }
    return last;
  }

  /** Makes candidates of the tokens that have a weight, at least `minP`, in the order of their ids; returns their number. */
  private gather(logits: Float32Array, max: number, scale: number, minP: number): number {
    const farthest = -Math.log2(minP) * STEPS_PER_OCTAVE;
    let count = 0;
    for (let token = 0; token < logits.length; token++) {
      const steps = (max - logits[token]) * scale;
      if (!(steps <= farthest && steps < WEIGHTLESS_STEPS)) continue;
      this.ids[count] = token;
      this.steps[count++] = steps;
    }
    return count;
  }

  /**
   * Keeps the most likely candidates until their values reach `enough`; the one that reaches it stays. A candidate's
   * value is its weight or, without `values`, 1. Those before the last bin keep their order, those of it follow.
   * @returns the number of candidates that are left
   */
  private cut(count: number, values: Float64Array | undefined, enough: number): number {
    const { ids, steps, weights, binValues } = this;
    binValues.fill(0);
    for (let i = 0; i < count; i++) binValues[binOf(steps[i])] += values ? values[i] : 1;
    let reached = 0;
    let lastBin = 0;
    while (lastBin < BINS - 1 && reached + binValues[lastBin] < enough) reached += binValues[lastBin++];

    const inLastBin: Candidate[] = [];
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const bin = binOf(steps[i]);
      if (bin === lastBin)
        inLastBin.push({ id: ids[i], steps: steps[i], weight: weights[i], value: values ? values[i] : 1 });
      if (bin >= lastBin) continue;
      ids[kept] = ids[i];
      steps[kept] = steps[i];
      weights[kept++] = weights[i];
    }
    inLastBin.sort((a, b) => a.steps - b.steps || a.id - b.id);
    for (const candidate of inLastBin) {
      if (reached >= enough && kept > 0) break;
      reached += candidate.value;
      ids[kept] = candidate.id;
      steps[kept] = candidate.steps;
      weights[kept++] = candidate.weight;
    }
    return kept;
  }

  private pick(count: number, point: number): number {
    let left = point;
    for (let i = 0; i < count; i++) {
      left -= this.weights[i];
      if (left < 0) return this.ids[i];
    }
    return this.ids[count - 1];
  }
}

interface Candidate {
  id: number;
  steps: number;
  weight: number;
  value: number;
}

function binOf(steps: number): number {
  return Math.min(BINS - 1, steps / STEPS_PER_BIN) | 0;
}
