/**
 * Cosine and sine of the rotary position embedding, each `[positions, headDim / 2]` row-major.
 * Angle of position p and pair i: p * theta^(-2i / headDim) (RoFormer, https://arxiv.org/abs/2104.09864, eq. 15).
 */
export function rotaryTables(
  positions: number,
  headDim: number,
  theta: number,
): { cos: Float32Array; sin: Float32Array } {
  const half = headDim / 2;
  const cos = new Float32Array(positions * half);
  const sin = new Float32Array(positions * half);
  for (let i = 0; i < half; i++) {
    const frequency = theta ** ((-2 * i) / headDim);
    for (let position = 0; position < positions; position++) {
      cos[position * half + i] = Math.cos(position * frequency);
      sin[position * half + i] = Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}
