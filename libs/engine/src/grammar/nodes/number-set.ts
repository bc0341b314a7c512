import { doubleAfter, doubleBefore, firstStepAtLeast, GRID_END, MAX_DIGITS } from './decimal-grid.js';

/** The range of a number; an exclusive bound is not in it itself. */
export interface NumberBounds {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/** Numbers without their sign, both ends included, as 15 digits before and 15 behind the point: texts in the order of the numbers. */
export interface DigitRange {
  low: string;
  high: string;
}

/** Numbers of at most 15 digits before and behind the point, by their sign; zero has both. */
interface SignedRanges {
  positive: readonly DigitRange[];
  negative: readonly DigitRange[];
}

/** Numbers that can be written: as ranges of which each end can be, so that every part of a range that has a text holds a number. */
export interface NumberSet {
  integers: SignedRanges;
  decimals: SignedRanges;
  /** True if any number with an exponent is in it. */
  hasExponents: boolean;
}

const NONE: SignedRanges = { positive: [], negative: [] };
const DIGITS = 2 * MAX_DIGITS;
const ZERO = '0'.repeat(DIGITS);
const ONE = 10n ** BigInt(MAX_DIGITS);

/** The numbers, or whole numbers, in a range. */
export function numberSet(isInteger: boolean, bounds: NumberBounds): NumberSet {
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = bounds;
  // The next double beyond an exclusive bound is an inclusive one.
  const low = Math.max(minimum, nextUp(exclusiveMinimum));
  const high = Math.min(maximum, -nextUp(-exclusiveMaximum));
  const step = isInteger ? ONE : 1n;
  const negative = magnitudes(-high, -low, step);
  // Of a zero with a sign alone nothing is worth writing.
  const ranges = { positive: magnitudes(low, high, step), negative: negative.filter((range) => range.high !== ZERO) };
  return {
    integers: isInteger ? ranges : NONE,
    decimals: isInteger ? NONE : ranges,
    hasExponents: !isInteger && Object.keys(bounds).length === 0,
  };
}

export function isEmptySet({ integers, decimals }: NumberSet): boolean {
  return [integers, decimals].every(({ positive, negative }) => positive.length + negative.length === 0);
}

/** The numbers that are in any of some sets. */
export function unionOf(sets: readonly NumberSet[]): NumberSet {
  if (sets.length === 1) return sets[0];
  const union = (kind: 'integers' | 'decimals'): SignedRanges => ({
    positive: mergedDigits(sets.flatMap((set) => set[kind].positive)),
    negative: mergedDigits(sets.flatMap((set) => set[kind].negative)),
  });
  return {
    integers: union('integers'),
    decimals: union('decimals'),
    hasExponents: sets.some(({ hasExponents }) => hasExponents),
  };
}

/** True if ranges, in their order and apart, have a number in common with another range. */
export function overlaps(ranges: readonly DigitRange[], { low, high }: DigitRange): boolean {
  let [from, to] = [0, ranges.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (ranges[middle].high < low) from = middle + 1;
    else to = middle;
  }
  return from < ranges.length && ranges[from].low <= high;
}

/** The numbers from `low` to `high` that are not negative; none or one range. */
function magnitudes(low: number, high: number, step: bigint): DigitRange[] {
  if (high < 0 || low === Infinity) return [];
  const first = low <= 0 ? 0n : firstStepAtLeast(low);
  const behind = high === Infinity ? GRID_END : firstStepAtLeast(doubleAfter(high));
  const from = ((first + step - 1n) / step) * step;
  const to = (((behind < GRID_END ? behind : GRID_END) - 1n) / step) * step;
  return from <= to && from < GRID_END ? [{ low: digits(from), high: digits(to) }] : [];
}

function digits(steps: bigint): string {
  return String(steps).padStart(DIGITS, '0');
}

function nextUp(value: number): number {
  if (!Number.isFinite(value)) return value;
  return value >= 0 ? doubleAfter(value) : -doubleBefore(-value);
}

function mergedDigits(ranges: readonly DigitRange[]): DigitRange[] {
  const merged: DigitRange[] = [];
  for (const { low, high } of ranges.toSorted((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0))) {
    const last = merged.at(-1);
    if (!last || low > last.high) merged.push({ low, high });
    else if (high > last.high) last.high = high;
  }
  return merged;
}
