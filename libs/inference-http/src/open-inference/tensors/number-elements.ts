import { TENSOR_ARRAYS, type TensorData } from '@frontier/inference';
import { type Datatype, DATATYPES, malformedTensors } from './tensor.js';

type NumberType = Exclude<Datatype, 'BYTES'>;

/** The least and the greatest number of a type; of 64 bits, as far as JSON has them. */
const RANGES: Partial<Record<NumberType, readonly [least: number, greatest: number]>> = {
  UINT8: [0, 2 ** 8 - 1],
  UINT16: [0, 2 ** 16 - 1],
  UINT32: [0, 2 ** 32 - 1],
  UINT64: [0, Number.MAX_SAFE_INTEGER],
  INT8: [-(2 ** 7), 2 ** 7 - 1],
  INT16: [-(2 ** 15), 2 ** 15 - 1],
  INT32: [-(2 ** 31), 2 ** 31 - 1],
  INT64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
};

/** Bytes of an element. */
function widthOf(datatype: NumberType): number {
  return TENSOR_ARRAYS[DATATYPES[datatype]].BYTES_PER_ELEMENT;
}

/**
 * The elements of a tensor's bytes, little-endian.
 * @throws `malformed_request` unless the bytes are exactly so many elements
 */
export function readNumberBytes(bytes: Buffer, count: number, datatype: NumberType, name: string): TensorData {
  const expected = count * widthOf(datatype);
  if (bytes.length !== expected) {
    throw malformedTensors(`"${name}" must have ${expected} bytes for its ${count} elements, and has ${bytes.length}`);
  }
  if (datatype === 'BOOL' && bytes.some((byte) => byte > 1)) {
    throw malformedTensors(`"${name}" has a byte that is neither 0 nor 1`);
  }
  const data = new TENSOR_ARRAYS[DATATYPES[datatype]](count);
  new Uint8Array(data.buffer).set(bytes);
  return data;
}

/** The bytes of numbers, as {@link readNumberBytes} reads them. */
export function writeNumberBytes(data: Exclude<TensorData, string[]>): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The elements of a list of JSON.
 * @throws `malformed_request` naming an element that is none of the type
 */
export function readNumberList(list: readonly unknown[], datatype: NumberType, name: string): TensorData {
  if (datatype === 'FP16') throw malformedTensors(`"${name}" of FP16 must be sent as bytes: JSON has no such numbers`);
  const data = new TENSOR_ARRAYS[DATATYPES[datatype]](list.length);
  const isBig = datatype === 'INT64' || datatype === 'UINT64';
  const range = RANGES[datatype];
  for (const [i, element] of list.entries()) {
    if (datatype === 'BOOL' ? typeof element !== 'boolean' : typeof element !== 'number') {
      throw malformedTensors(`element ${i} of "${name}" must be ${datatype === 'BOOL' ? 'true or false' : 'a number'}`);
    }
    const value = Number(element);
    if (range && !(Number.isInteger(value) && value >= range[0] && value <= range[1])) {
      const hint = isBig ? ': larger ones can be sent as bytes' : '';
      throw malformedTensors(`element ${i} of "${name}" must be a whole number from ${range[0]} to ${range[1]}${hint}`);
    }
    if (datatype === 'FP32' && !Number.isFinite(Math.fround(value))) {
      throw malformedTensors(`element ${i} of "${name}" is larger than FP32 has numbers`);
    }
    if (isBig) (data as BigInt64Array)[i] = BigInt(value);
    else (data as Float64Array)[i] = value;
  }
  return data;
}

/** The elements of a tensor for JSON, which has none of FP16. */
export function* writeNumberList(
  data: Exclude<TensorData, string[]>,
  datatype: Exclude<NumberType, 'FP16'>,
): Generator<unknown> {
  for (const value of data) {
    if (datatype === 'BOOL') yield value === 1;
    // As it is, also beyond the numbers that are exact in JavaScript.
    else if (typeof value === 'bigint') yield (JSON as RawJson).rawJSON(value.toString());
    else yield value;
  }
}

/** https://github.com/tc39/proposal-json-parse-with-source */
type RawJson = JSON & { rawJSON(text: string): unknown };

/** True if JSON can say all of the numbers. */
export function areJsonNumbers(data: Exclude<TensorData, string[]>): boolean {
  if (!(data instanceof Float32Array || data instanceof Float64Array)) return true;
  return data.every((value) => Number.isFinite(value));
}
