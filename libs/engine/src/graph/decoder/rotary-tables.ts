/**
 * Cosine and sine of the rotary position embedding at the positions `[from, to)`, each `[positions, frequencies.length]` row-major.
 * @param frequencies radians per position of each pair of elements
 * @param factor multiplies both: the longer vectors of models whose context was extended
 */
export function rotaryTables(
  [from, to]: [from: number, to: number],
  frequencies: Float64Array,
  factor: number,
): { cos: Float32Array; sin: Float32Array } {
  const pairs = frequencies.length;
  const cos = new Float32Array((to - from) * pairs);
  const sin = new Float32Array((to - from) * pairs);
  for (let position = from; position < to; position++) {
    const row = (position - from) * pairs;
    for (let i = 0; i < pairs; i++) {
      cos[row + i] = factor * Math.cos(position * frequencies[i]);
      sin[row + i] = factor * Math.sin(position * frequencies[i]);
    }
  }
  return { cos, sin };
}
