/**
 * Cosine and sine of the rotary position embedding, each `[positions, frequencies.length]` row-major.
 * @param frequencies radians per position of each pair of elements
 * @param factor multiplies both: the longer vectors of models whose context was extended
 */
export function rotaryTables(
  positions: number,
  frequencies: Float64Array,
  factor: number,
): { cos: Float32Array; sin: Float32Array } {
  const pairs = frequencies.length;
  const cos = new Float32Array(positions * pairs);
  const sin = new Float32Array(positions * pairs);
  for (let position = 0; position < positions; position++) {
    for (let i = 0; i < pairs; i++) {
      cos[position * pairs + i] = factor * Math.cos(position * frequencies[i]);
      sin[position * pairs + i] = factor * Math.sin(position * frequencies[i]);
    }
  }
  return { cos, sin };
}
