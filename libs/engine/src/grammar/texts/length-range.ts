/** Lengths of a string, both ends included. */
export interface LengthRange {
  min: number;
  max: number;
}

/** The same lengths as ranges that neither overlap nor touch, in their order. */
export function mergedLengths(ranges: readonly LengthRange[]): LengthRange[] {
  const merged: LengthRange[] = [];
  for (const { min, max } of ranges.toSorted((a, b) => a.min - b.min)) {
    const last = merged.at(-1);
    if (last && min <= last.max + 1) last.max = Math.max(last.max, max);
    else merged.push({ min, max });
  }
  return merged;
}

export function hasLength(ranges: readonly LengthRange[], length: number): boolean {
  return ranges.some(({ min, max }) => length >= min && length <= max);
}
