import { widenToFloat32 } from '../../model/float-formats.js';
import type { OnnxTensor, OnnxType } from './onnx-model.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes of an element; texts have none of a fixed size, and two of four bits share one. */
const WIDTHS: Record<Exclude<OnnxType, 'string'>, number> = {
  float32: 4,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  int32: 4,
  int64: 8,
  bool: 1,
  float16: 2,
  float64: 8,
  uint32: 4,
  uint64: 8,
  bfloat16: 2,
  uint4: 0.5,
  int4: 0.5,
};

/** The bytes that the elements of a tensor have in memory; `undefined` for texts. */
export function tensorBytes({ type, dims }: Pick<OnnxTensor, 'type' | 'dims'>): number | undefined {
  return type === 'string' ? undefined : Math.ceil(WIDTHS[type] * elementCount(dims));
}

export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

/** The elements of a tensor that lists them by their types, as they are in memory: the fields of `TensorProto` but `raw_data`. */
export function encodeElements(
  type: OnnxType,
  { floats, integers }: { floats: readonly Bytes[]; integers: readonly bigint[] },
): Bytes {
  if (floats.length > 0) return Uint8Array.from(Buffer.concat(floats));
  // Two of four bits are one integer already.
  const width = type === 'string' ? 0 : Math.ceil(WIDTHS[type]);
  const bytes = new Uint8Array(width * integers.length);
  for (const [i, integer] of integers.entries()) {
    for (let byte = 0; byte < width; byte++) bytes[i * width + byte] = Number((integer >> BigInt(8 * byte)) & 0xffn);
  }
  return bytes;
}

/** The elements of 16 bits as float32. */
export function widened(bytes: Bytes, type: 'float16' | 'bfloat16'): Float32Array<ArrayBuffer> {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return widenToFloat32(aligned, type === 'float16' ? 'F16' : 'BF16');
}

/** The elements of a small tensor as numbers; `undefined` for types that the engine reads none of. */
export function smallValues(type: OnnxType, bytes: Bytes): number[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const list = (width: number, read: (at: number) => number): number[] =>
    Array.from({ length: bytes.byteLength / width }, (_, i) => read(i * width));
  switch (type) {
    case 'int64':
      return list(8, (at) => Number(view.getBigInt64(at, true)));
    case 'int32':
      return list(4, (at) => view.getInt32(at, true));
    case 'float32':
      return list(4, (at) => view.getFloat32(at, true));
    case 'float16':
    case 'bfloat16':
      return [...widened(bytes, type)];
    case 'uint8':
    case 'bool':
      return [...bytes];
    case 'int8':
      return list(1, (at) => view.getInt8(at));
    default:
      return undefined;
  }
}
