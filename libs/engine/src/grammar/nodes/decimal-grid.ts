/** Digits before and behind the point: a double holds every whole number of so many exactly. */
export const MAX_DIGITS = 15;

/** For the bits of doubles. */
const VIEW = new DataView(new ArrayBuffer(8));

/** The steps of the grid in 1. */
const SCALE = 10n ** BigInt(MAX_DIGITS);
/** One step more than the largest number that can be written. */
export const GRID_END = SCALE * SCALE;

/**
 * The first number of {@link MAX_DIGITS} digits behind the point that is read as a double of at least `bound`, in steps of its
 * last digit: a decimal is read as the nearest double (IEEE 754, round half to even), so it is the first one behind the
 * middle between `bound` and the double before it.
 * @param bound not negative, finite
 */
export function firstStepAtLeast(bound: number): bigint {
  if (bound === 0) return 0n;
  const [after, before] = [partsOf(bound, 0n), partsOf(bound, -1n)];
  const exponent = Math.min(after.exponent, before.exponent);
  const sum = [after, before].reduce((total, part) => total + (part.mantissa << BigInt(part.exponent - exponent)), 0n);
  const scaled = sum * SCALE;
  // The middle is half of the sum.
  const shift = BigInt(exponent - 1);
  if (shift >= 0n) return scaled << shift;
  const step = -(-scaled >> -shift);
  const isMiddle = step << -shift === scaled;
  return isMiddle && after.mantissa % 2n === 1n ? step + 1n : step;
}

/** The double behind a positive one, or behind zero. */
export function doubleAfter(value: number): number {
  VIEW.setFloat64(0, Math.abs(value));
  VIEW.setBigUint64(0, VIEW.getBigUint64(0) + 1n);
  return VIEW.getFloat64(0);
}

/** The double before a positive one. */
export function doubleBefore(value: number): number {
  VIEW.setFloat64(0, value);
  VIEW.setBigUint64(0, VIEW.getBigUint64(0) - 1n);
  return VIEW.getFloat64(0);
}

/** A double that is not negative, so many doubles on, as `mantissa * 2 ** exponent`. */
function partsOf(value: number, on: bigint): { mantissa: bigint; exponent: number } {
  VIEW.setFloat64(0, value);
  const bits = VIEW.getBigUint64(0) + on;
  const exponent = Number(bits >> 52n);
  const fraction = bits & ((1n << 52n) - 1n);
  // Those without a leading one are subnormal.
  return exponent === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: exponent - 1075 };
}
