import { modelInvalid } from '../../errors/engine.errors.js';
import { ReadableFile } from '../../model/readable-file.js';
import type { GgufNumbers } from '../gguf-metadata.js';

/** Ids of types that are no numbers. */
export const BOOL = 7;
export const STRING = 8;
const INT32 = 5;
const FLOAT32 = 6;

interface NumberType {
  bytes: number;
  at: (buffer: Buffer, offset: number) => number;
}

const NUMBERS: ReadonlyMap<number, NumberType> = new Map<number, NumberType>([
  [0, { bytes: 1, at: (buffer, offset) => buffer.readUInt8(offset) }],
  [1, { bytes: 1, at: (buffer, offset) => buffer.readInt8(offset) }],
  [2, { bytes: 2, at: (buffer, offset) => buffer.readUInt16LE(offset) }],
  [3, { bytes: 2, at: (buffer, offset) => buffer.readInt16LE(offset) }],
  [4, { bytes: 4, at: (buffer, offset) => buffer.readUInt32LE(offset) }],
  [INT32, { bytes: 4, at: (buffer, offset) => buffer.readInt32LE(offset) }],
  [FLOAT32, { bytes: 4, at: (buffer, offset) => buffer.readFloatLE(offset) }],
  [10, { bytes: 8, at: (buffer, offset) => Number(buffer.readBigUInt64LE(offset)) }],
  [11, { bytes: 8, at: (buffer, offset) => Number(buffer.readBigInt64LE(offset)) }],
  [12, { bytes: 8, at: (buffer, offset) => buffer.readDoubleLE(offset) }],
]);

/** The length before each text. */
const TEXT_HEAD_BYTES = 8;

/** The bytes that an element of an array takes, a text at least; `undefined` for an unknown type. */
export function elementBytes(type: number): number | undefined {
  if (type === STRING) return TEXT_HEAD_BYTES;
  return type === BOOL ? 1 : NUMBERS.get(type)?.bytes;
}

/** A range of a file that has not been written to since. */
export interface FileRange {
  path: string;
  version: string;
  begin: number;
  byteLength: number;
}

/**
 * Reads the elements of an array whose lengths have been checked.
 * @throws `model_invalid` where the file has changed since
 */
export function loadElements(range: FileRange, type: number, count: number): string[] | boolean[] | GgufNumbers {
  const buffer = readRange(range);
  if (type === STRING) return texts(buffer, count);
  if (type === BOOL) return Array.from(buffer, (byte) => byte !== 0);
  // The buffer is its own allocation, so it begins where an array of floats may.
  if (type === FLOAT32) return new Float32Array(buffer.buffer, 0, count);
  if (type === INT32) return new Int32Array(buffer.buffer, 0, count);
  const { bytes, at } = NUMBERS.get(type)!;
  return Array.from({ length: count }, (_, i) => at(buffer, i * bytes));
}

function readRange({ path, version, begin, byteLength }: FileRange): Buffer<ArrayBuffer> {
  const file = ReadableFile.open(path);
  try {
    if (file.version !== version) throw modelInvalid(`${path} was changed while the model was loaded. Load it again.`);
    return Buffer.from(file.read(begin, byteLength).buffer);
  } finally {
    file.close();
  }
}

function texts(buffer: Buffer, count: number): string[] {
  const list: string[] = [];
  for (let i = 0, at = 0; i < count; i++) {
    const begin = at + TEXT_HEAD_BYTES;
    at = begin + buffer.readUInt32LE(at) + buffer.readUInt32LE(at + 4) * 2 ** 32;
    list.push(buffer.toString('utf8', begin, at));
  }
  return list;
}
