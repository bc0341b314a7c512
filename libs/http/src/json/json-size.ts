import { LazyList } from './json-stream.js';

/** Items of a lazy list that are looked at: the first one of a prompt's has no probabilities. */
const SAMPLED_ITEMS = 3;

/**
 * Tests that a value takes at most so many characters as JSON, about: escapes are not counted. Costs no more than a look at so many
 * characters' worth of it, however large the rest is.
 */
export function isJsonWithin(value: unknown, limit: number): boolean {
  return remaining(value, limit) >= 0;
}

function remaining(value: unknown, limit: number): number {
  if (typeof value === 'string') return limit - value.length - 2;
  if (typeof value === 'number') return limit - String(value).length;
  if (typeof value !== 'object' || value === null) return limit - 4;
  let left = limit - 2;
  if (value instanceof LazyList) {
    // Its items are alike but for the first ones, and cost more to make than to count.
    let [largest, seen] = [0, 0];
    for (const item of value) {
      largest = Math.max(largest, limit - remaining(item, limit) + 1);
      if (++seen === SAMPLED_ITEMS) break;
    }
    return left - value.length * largest;
  }
  if (Array.isArray(value)) {
    for (const item of value) {
      left = remaining(item, left - 1);
      if (left < 0) return left;
    }
    return left;
  }
  for (const key in value) {
    left = remaining((value as Record<string, unknown>)[key], left - key.length - 4);
    if (left < 0) return left;
  }
  return left;
}
