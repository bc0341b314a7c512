import { float16Table, widenToFloat32 } from '../../model/float-formats.js';
import type { TensorTypeName } from '../file/tensor-types.js';
import { dequantizeParts, dequantizeQ6K } from './k-blocks.js';
import { dequantizeNibbles, dequantizeQ8 } from './plain-blocks.js';

/** Writes the values of whole blocks; `halves` gives the value of each float16. */
export type BlockReader = (blocks: Uint8Array, values: Float32Array, halves: Float32Array) => void;

const BLOCK_READERS: ReadonlyMap<TensorTypeName, BlockReader> = new Map<TensorTypeName, BlockReader>([
  ['Q4_0', (blocks, values, halves) => dequantizeNibbles(blocks, values, halves, { bits: 4, hasMin: false })],
  ['Q4_1', (blocks, values, halves) => dequantizeNibbles(blocks, values, halves, { bits: 4, hasMin: true })],
  ['Q5_0', (blocks, values, halves) => dequantizeNibbles(blocks, values, halves, { bits: 5, hasMin: false })],
  ['Q5_1', (blocks, values, halves) => dequantizeNibbles(blocks, values, halves, { bits: 5, hasMin: true })],
  ['Q8_0', dequantizeQ8],
  ['Q4_K', (blocks, values, halves) => dequantizeParts(blocks, values, halves, 4)],
  ['Q5_K', (blocks, values, halves) => dequantizeParts(blocks, values, halves, 5)],
  ['Q6_K', dequantizeQ6K],
]);

/** The types that can be read as float32. */
export const READABLE_TYPES: readonly TensorTypeName[] = ['F32', 'F16', 'BF16', ...BLOCK_READERS.keys()];

/**
 * The float32 values of stored bytes; exactly those of ggml's reference, which computes in float32: products of a scale are exact
 * in float64, so that storing them rounds once, as there.
 * @param bytes whole blocks; for F32, they become the result
 * @param type one of {@link READABLE_TYPES}
 * @param values as long as the result, which it is but for F32
 */
export function dequantize(
  bytes: Uint8Array<ArrayBuffer>,
  type: TensorTypeName,
  values: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  if (type === 'F32' || type === 'F16' || type === 'BF16') return widenToFloat32(bytes, type, values);
  BLOCK_READERS.get(type)!(bytes, values, float16Table());
  return values;
}
