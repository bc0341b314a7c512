/** Stored element types of a tensor that can be read as float32. */
export type FloatFormat = 'F32' | 'F16' | 'BF16';

export const BYTES_PER_ELEMENT: Record<FloatFormat, number> = { F32: 4, F16: 2, BF16: 2 };

/**
 * Widens little-endian bytes of one format to float32; exact for every finite value.
 * @param target for the result, as long as that; F32 is returned as it is, without a copy
 */
export function widenToFloat32(
  bytes: Uint8Array<ArrayBuffer>,
  format: FloatFormat,
  target?: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  if (format === 'F32') return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 2);
  const floats = target ?? new Float32Array(halves.length);
  if (format === 'BF16') {
    const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
    for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  } else {
    const table = float16Table();
    for (let i = 0; i < halves.length; i++) floats[i] = table[halves[i]];
  }
  return floats;
}

let cachedFloat16Table: Float32Array | undefined;

/** The float32 value of every float16 bit pattern (IEEE 754-2008 binary16); 256 KiB, made once. */
export function float16Table(): Float32Array {
  if (cachedFloat16Table) return cachedFloat16Table;
  const table = new Float32Array(65_536);
  for (let bits = 0; bits < 65_536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return (cachedFloat16Table = table);
}
