/** Elements of a block of these types. */
const ELEMENTS = 32;
const HALF = ELEMENTS / 2;
/** The addend that leaves every number as it is, -0 too. */
const NO_MIN = -0;

/**
 * Q4_0 and Q5_0, and Q4_1 and Q5_1 with `hasMin`. A block is a float16 `d`, a float16 `m` where it has a minimum, 4 bytes of fifth bits where it
 * has 5, bit i that of element i, and 16 bytes, of which byte i has element i below and i + 16 above. An element is dq + m, without a
 * minimum d(q - 8) or d(q - 16) (ggml-quants.c, `dequantize_row_q4_0` and so on).
 */
export function dequantizeNibbles(
  blocks: Uint8Array,
  values: Float32Array,
  halves: Float32Array,
  { bits, hasMin }: { bits: 4 | 5; hasMin: boolean },
): void {
  const zero = hasMin ? 0 : 2 ** (bits - 1);
  let at = 0;
  for (let out = 0; out < values.length; out += ELEMENTS) {
    const scale = halves[blocks[at] | (blocks[at + 1] << 8)];
    at += 2;
    let min = NO_MIN;
    if (hasMin) {
      min = halves[blocks[at] | (blocks[at + 1] << 8)];
      at += 2;
    }
    if (bits === 4) {
      for (let i = 0; i < HALF; i++) {
        const pair = blocks[at + i];
        values[out + i] = scale * ((pair & 15) - zero) + min;
        values[out + HALF + i] = scale * ((pair >> 4) - zero) + min;
      }
    } else {
      const low = blocks[at] | (blocks[at + 1] << 8);
      const high = blocks[at + 2] | (blocks[at + 3] << 8);
      at += 4;
      for (let i = 0; i < HALF; i++) {
        const pair = blocks[at + i];
        values[out + i] = scale * (((pair & 15) | (((low >> i) & 1) << 4)) - zero) + min;
        values[out + HALF + i] = scale * (((pair >> 4) | (((high >> i) & 1) << 4)) - zero) + min;
      }
    }
    at += HALF;
  }
}

/** Q8_0: a float16 `d` and 32 signed bytes; an element is dq (ggml-quants.c, `dequantize_row_q8_0`). */
export function dequantizeQ8(blocks: Uint8Array, values: Float32Array, halves: Float32Array): void {
  const signed = new Int8Array(blocks.buffer, blocks.byteOffset, blocks.byteLength);
  let at = 0;
  for (let out = 0; out < values.length; out += ELEMENTS) {
    const scale = halves[blocks[at] | (blocks[at + 1] << 8)];
    at += 2;
    for (let i = 0; i < ELEMENTS; i++) values[out + i] = scale * signed[at + i];
    at += ELEMENTS;
  }
}
