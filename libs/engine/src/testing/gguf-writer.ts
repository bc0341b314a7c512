import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GGUF_TYPES, type GgufType, quantize } from './gguf-types.js';

/** Types of metadata values, in the order of their ids. */
const VALUE_TYPES = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const;

type ScalarType = Exclude<(typeof VALUE_TYPES)[number], 'array'>;

/**
 * A value of the metadata: a text, a flag, a whole number (written as uint32, or int32 below zero), another number (float32), an array of
 * one of them, or one whose type is named.
 */
export type GgufWriterValue =
  | string
  | boolean
  | number
  | readonly (string | boolean | number)[]
  | Float32Array
  | Int32Array
  | { type: ScalarType; value: string | boolean | number | bigint }
  | { type: ScalarType; values: readonly (string | boolean | number | bigint)[] };

/** A tensor to write; its shape is that of Hugging Face, rows first. */
export interface GgufWriterTensor {
  name: string;
  shape: readonly number[];
  /** Default: F32. A name that is not in {@link GGUF_TYPES} is no type; a number is its id. */
  type?: GgufType | number;
  /** Values, which are quantised, or the bytes as they are stored. */
  data: Float32Array | Uint8Array;
}

export interface GgufWriterOptions {
  version?: number;
  /** Default 32, which is not written down. */
  alignment?: number;
  /** Replaces the offsets of tensors, from the start of the data. */
  offsets?: Record<string, number | bigint>;
}

/** The bytes of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). */
export function ggufBytes(
  metadata: Readonly<Record<string, GgufWriterValue>>,
  tensors: readonly GgufWriterTensor[],
  { version = 3, alignment = 32, offsets = {} }: GgufWriterOptions = {},
): Buffer {
  const values = Object.entries({ ...metadata, ...(alignment !== 32 && { 'general.alignment': alignment }) });
  const header = [Buffer.from('GGUF'), uint32(version), uint64(tensors.length), uint64(values.length)];
  for (const [key, value] of values) header.push(text(key), valueBytes(value));
  const pad = (length: number): number => (alignment - (length % alignment)) % alignment;
  const data: Buffer[] = [];
  let end = 0;
  for (const { name, shape, type = 'F32', data: given } of tensors) {
    const stored = given instanceof Float32Array ? quantize(given, type as GgufType) : given;
    const id = typeof type === 'number' ? type : GGUF_TYPES[type].id;
    header.push(text(name), uint32(shape.length), ...shape.toReversed().map(uint64), uint32(id));
    header.push(uint64(offsets[name] ?? end));
    data.push(Buffer.from(stored), Buffer.alloc(pad(stored.length)));
    end += stored.length + pad(stored.length);
  }
  const head = Buffer.concat(header);
  return Buffer.concat([head, Buffer.alloc(pad(head.length)), ...data]);
}

/** Writes a GGUF file. */
export function writeGguf(
  path: string,
  metadata: Readonly<Record<string, GgufWriterValue>>,
  tensors: readonly GgufWriterTensor[],
  options?: GgufWriterOptions,
): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ggufBytes(metadata, tensors, options));
}

/**
 * Writes a GGUF model as several files: all metadata in the first, tensors spread over all of them.
 * @returns the path of the first
 */
export function writeSplitGguf(
  stem: string,
  metadata: Readonly<Record<string, GgufWriterValue>>,
  tensors: readonly GgufWriterTensor[],
  parts: number,
): string {
  const paths = Array.from({ length: parts }, (_, part) => {
    const number = (value: number): string => String(value).padStart(5, '0');
    const path = `${stem}-${number(part + 1)}-of-${number(parts)}.gguf`;
    const split: Record<string, GgufWriterValue> = {
      'split.no': { type: 'uint16', value: part },
      'split.count': { type: 'uint16', value: parts },
      'split.tensors.count': { type: 'int32', value: tensors.length },
    };
    const share = tensors.filter((tensor) => Math.floor((tensors.indexOf(tensor) * parts) / tensors.length) === part);
    writeGguf(path, part === 0 ? { ...metadata, ...split } : split, share);
    return path;
  });
  return paths[0];
}

function valueBytes(value: GgufWriterValue): Buffer {
  if (typeof value === 'object' && 'value' in value) {
    return Buffer.concat([uint32(VALUE_TYPES.indexOf(value.type)), scalar(value.type, value.value)]);
  }
  if (typeof value !== 'object') return valueBytes({ type: typeOf(value), value });
  const { type, values } = 'values' in value && 'type' in value ? value : { type: elementType(value), values: value };
  const elements = Array.from(values as readonly (string | number)[], (element) => scalar(type, element));
  const head = [uint32(VALUE_TYPES.indexOf('array')), uint32(VALUE_TYPES.indexOf(type)), uint64(elements.length)];
  return Buffer.concat([...head, ...elements]);
}

function elementType(values: readonly (string | boolean | number)[] | Float32Array | Int32Array): ScalarType {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Int32Array) return 'int32';
  return values.length === 0 ? 'int32' : typeOf(values[0]);
}

function typeOf(value: string | boolean | number): ScalarType {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (!Number.isInteger(value)) return 'float32';
  return value < 0 ? 'int32' : 'uint32';
}

function scalar(type: ScalarType, value: string | boolean | number | bigint): Buffer {
  if (type === 'string') return text(value as string);
  const bytes = new DataView(new ArrayBuffer(8));
  const number = Number(value);
  const set: Record<Exclude<ScalarType, 'string'>, [bytes: number, set: () => void]> = {
    uint8: [1, () => bytes.setUint8(0, number)],
    int8: [1, () => bytes.setInt8(0, number)],
    uint16: [2, () => bytes.setUint16(0, number, true)],
    int16: [2, () => bytes.setInt16(0, number, true)],
    uint32: [4, () => bytes.setUint32(0, number, true)],
    int32: [4, () => bytes.setInt32(0, number, true)],
    float32: [4, () => bytes.setFloat32(0, number, true)],
    bool: [1, () => bytes.setUint8(0, number)],
    uint64: [8, () => bytes.setBigUint64(0, BigInt(value), true)],
    int64: [8, () => bytes.setBigInt64(0, BigInt(value), true)],
    float64: [8, () => bytes.setFloat64(0, number, true)],
  };
  const [length, write] = set[type];
  write();
  return Buffer.from(bytes.buffer, 0, length);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  return scalar('uint32', value);
}

function uint64(value: number | bigint): Buffer {
  return scalar('uint64', BigInt(value));
}
