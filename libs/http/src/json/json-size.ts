import { LazyList } from './json-stream.js';

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
    // Its items are alike, and cost more to make than to count.
    for (const first of value) return left - value.length * (limit - remaining(first, limit) + 1);
    return left;
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
