/** Elements of a block of these types, and of one of its parts in Q4_K and Q5_K. */
const ELEMENTS = 256;
const PART = 32;

/** Bytes of a block: `d` and `dmin`, the scales of eight parts, then the bits. */
const SCALES_AT = 4;
const Q4K_DATA_AT = 16;
const Q4K_BYTES = 144;
const Q5K_HIGH_AT = 16;
const Q5K_DATA_AT = 48;
const Q5K_BYTES = 176;

/** The 6-bit scale of part `s`: the first four lie whole in their bytes, the others have two bits in the tops of those (ggml-quants.c, `get_scale_min_k4`). */
function scaleOf(blocks: Uint8Array, at: number, s: number): number {
  return s < 4 ? blocks[at + s] & 63 : (blocks[at + s + 4] & 15) | ((blocks[at + s - 4] >> 6) << 4);
}

/** The 6-bit minimum of part `s`, as {@link scaleOf}. */
function minOf(blocks: Uint8Array, at: number, s: number): number {
  return s < 4 ? blocks[at + s + 4] & 63 : (blocks[at + s + 4] >> 4) | ((blocks[at + s] >> 6) << 4);
}

/**
 * Q4_K and Q5_K: d sc q - dmin m; 32 bytes have the lower bits of two parts, the first one below. With 5 bits, bit s of byte i before them is
 * the fifth of element i of part s (ggml-quants.c, `dequantize_row_q4_K` and `dequantize_row_q5_K`).
 */
export function dequantizeParts(blocks: Uint8Array, values: Float32Array, halves: Float32Array, bits: 4 | 5): void {
  const blockBytes = bits === 4 ? Q4K_BYTES : Q5K_BYTES;
  const dataAt = bits === 4 ? Q4K_DATA_AT : Q5K_DATA_AT;
  for (let out = 0, at = 0; out < values.length; out += ELEMENTS, at += blockBytes) {
    const step = halves[blocks[at] | (blocks[at + 1] << 8)];
    const minStep = halves[blocks[at + 2] | (blocks[at + 3] << 8)];
    for (let s = 0; s < 8; s += 2) {
      const scale = step * scaleOf(blocks, at + SCALES_AT, s);
      const min = minStep * minOf(blocks, at + SCALES_AT, s);
      const scaleAbove = step * scaleOf(blocks, at + SCALES_AT, s + 1);
      const minAbove = minStep * minOf(blocks, at + SCALES_AT, s + 1);
      const data = at + dataAt + (s >> 1) * PART;
      const into = out + s * PART;
      if (bits === 4) {
        for (let i = 0; i < PART; i++) {
          const pair = blocks[data + i];
          values[into + i] = scale * (pair & 15) - min;
          values[into + PART + i] = scaleAbove * (pair >> 4) - minAbove;
        }
      } else {
        for (let i = 0; i < PART; i++) {
          const pair = blocks[data + i];
          const high = blocks[at + Q5K_HIGH_AT + i] >> s;
          values[into + i] = scale * ((pair & 15) | ((high & 1) << 4)) - min;
          values[into + PART + i] = scaleAbove * ((pair >> 4) | ((high & 2) << 3)) - minAbove;
        }
      }
    }
  }
}

const Q6K_HIGH_AT = 128;
const Q6K_SCALES_AT = 192;
const Q6K_STEP_AT = 208;
const Q6K_BYTES = 210;

/**
 * Q6_K: d sc (q - 32) with a signed scale for 16 elements. Each half of a block has 64 bytes of lower four bits, of elements l and l + 64, and
 * 32 bytes of upper two bits, of l, l + 32, l + 64 and l + 96 (ggml-quants.c, `dequantize_row_q6_K`).
 */
export function dequantizeQ6K(blocks: Uint8Array, values: Float32Array, halves: Float32Array): void {
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  for (let out = 0, at = 0; out < values.length; out += ELEMENTS, at += Q6K_BYTES) {
    const step = halves[blocks[at + Q6K_STEP_AT] | (blocks[at + Q6K_STEP_AT + 1] << 8)];
    for (let half = 0; half < 2; half++) {
      for (let part = 0; part < 2; part++) {
        const low = at + 64 * half + 16 * part;
        const high = at + Q6K_HIGH_AT + 32 * half + 16 * part;
        const scales = at + Q6K_SCALES_AT + 8 * half + part;
        const first = step * signed[scales];
        const second = step * signed[scales + 2];
        const third = step * signed[scales + 4];
        const fourth = step * signed[scales + 6];
        const into = out + 128 * half + 16 * part;
        for (let i = 0; i < 16; i++) {
          const bits = blocks[high + i];
          const near = blocks[low + i];
          const far = blocks[low + 32 + i];
          values[into + i] = first * (((near & 15) | ((bits & 3) << 4)) - 32);
          values[into + 32 + i] = second * (((far & 15) | (((bits >> 2) & 3) << 4)) - 32);
          values[into + 64 + i] = third * (((near >> 4) | (((bits >> 4) & 3) << 4)) - 32);
          values[into + 96 + i] = fourth * (((far >> 4) | ((bits >> 6) << 4)) - 32);
        }
      }
    }
  }
}
