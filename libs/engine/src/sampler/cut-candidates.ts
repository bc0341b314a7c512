import type { Candidates } from './candidates.js';
import { STEPS_PER_OCTAVE } from './weight-table.js';

/** Bins of the histogram that finds where a limit falls: 16 to an octave of probability, over 40 octaves. */
const BINS = 640;
const STEPS_PER_BIN = STEPS_PER_OCTAVE / 16;

interface Candidate {
  id: number;
  steps: number;
  weight: number;
}

/**
 * Keeps the most likely of the first `count` candidates until their number, or their weight, reaches `enough`; the one that reaches it stays. A histogram
 * over probability finds the bin in which the limit falls, and only that bin is sorted. Those before it keep their order, those of it follow.
 * @returns the number of candidates that are left
 */
export function cutCandidates(
  { ids, steps, weights }: Candidates,
  count: number,
  by: 'count' | 'weight',
  enough: number,
): number {
  const binValues = new Float64Array(BINS);
  for (let i = 0; i < count; i++) binValues[binOf(steps[i])] += by === 'weight' ? weights[i] : 1;
  let reached = 0;
  let lastBin = 0;
  while (lastBin < BINS - 1 && reached + binValues[lastBin] < enough) reached += binValues[lastBin++];

  const inLastBin: Candidate[] = [];
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const bin = binOf(steps[i]);
    if (bin === lastBin) inLastBin.push({ id: ids[i], steps: steps[i], weight: weights[i] });
    if (bin >= lastBin) continue;
    ids[kept] = ids[i];
    steps[kept] = steps[i];
    weights[kept++] = weights[i];
  }
  inLastBin.sort((a, b) => a.steps - b.steps || a.id - b.id);
  for (const { id, steps: distance, weight } of inLastBin) {
    if (reached >= enough && kept > 0) break;
    reached += by === 'weight' ? weight : 1;
    ids[kept] = id;
    steps[kept] = distance;
    weights[kept++] = weight;
  }
  return kept;
}

function binOf(steps: number): number {
  return Math.min(BINS - 1, steps / STEPS_PER_BIN) | 0;
}
