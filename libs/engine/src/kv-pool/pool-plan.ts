import { CAPACITY_STEP } from '../graph/delta-cache-interface.js';

/** The room that sequences of so many tokens get: of whole steps, and at most an eighth more than they need. */
export function capacityFor(tokens: number): number {
  const step = Math.max(CAPACITY_STEP, 2 ** Math.floor(Math.log2(tokens)) / 8);
  return Math.ceil(tokens / step) * step;
}

/**
 * Divides sequences among passes. Those that share a pass share its capacity, so short ones read as much of the cache
 * as the longest one; those that do not, read the weights once more. Finds the division with the least memory read:
 * sorted by length, the best division of the first n ends in a group, before which the best division of fewer stands.
 *
 * @param lengths tokens that each sequence needs room for
 * @param passTokens the weights' size, in tokens of cache
 * @returns groups of indices into `lengths`, shortest first
 */
export function planPools(lengths: readonly number[], passTokens: number): number[][] {
  const order = [...lengths.keys()].toSorted((a, b) => lengths[a] - lengths[b]);
  const best = [{ cost: 0, begin: 0 }];
  for (let end = 1; end <= order.length; end++) {
    const capacity = capacityFor(lengths[order[end - 1]]);
    best[end] = { cost: Infinity, begin: 0 };
    for (let begin = 0; begin < end; begin++) {
      const cost = best[begin].cost + (end - begin) * capacity + passTokens;
      if (cost < best[end].cost) best[end] = { cost, begin };
    }
  }
  const groups: number[][] = [];
  for (let end = order.length; end > 0; end = best[end].begin) groups.unshift(order.slice(best[end].begin, end));
  return groups;
}
