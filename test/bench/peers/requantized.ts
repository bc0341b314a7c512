import { readFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';

/** Types of tensors by their ids in a GGUF file, with bytes of a block of 32 elements. */
const Q4_1 = { id: 3, bytes: 20 };
const TYPES = {
  Q4_0: { id: 2, bytes: 18, fileType: 2, write: writeQ4_0 },
  Q8_0: { id: 8, bytes: 34, fileType: 7, write: writeQ8_0 },
};
export type RequantizedType = keyof typeof TYPES;

const BLOCK = 32;
const ALIGNMENT = 32;
/** Bytes of values of the metadata, by the id of their type; of texts and arrays the length is in the file. */
const VALUE_BYTES: Record<number, number> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const [TEXT, ARRAY] = [8, 9];

interface TensorInfo {
  head: Buffer;
  elements: number;
  type: number;
  /** From the start of the data. */
  offset: number;
}

/**
 * The path of a GGUF file beside one in Q4_1, whose matrices of that type have another one; made once. Blocks are rounded as llama.cpp rounds
 * them where it has no importance matrix (`quantize_row_q4_0_ref`, `quantize_row_q8_0_ref` of
 * https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c), so weights are those of Q4_1, rounded a second time.
 */
export function requantized(path: string, type: RequantizedType): string {
  const target = path.replace(/Q4_1(?=\.gguf$)/, type);
  if (target === path) throw new Error(`${path} is not named as a file in Q4_1.`);
  if (existsSync(target)) return target;
  // Complete or not there at all.
  writeFileSync(`${target}.part`, requantize(readFileSync(path), type));
  renameSync(`${target}.part`, target);
  return target;
}

function requantize(file: Buffer, type: RequantizedType): Buffer {
  const { id, fileType } = TYPES[type];
  const reader = new Reader(file);
  reader.at = 8;
  const [tensors, values] = [reader.uint64(), reader.uint64()];
  for (let i = 0; i < values; i++) {
    const isFileType = reader.text() === 'general.file_type';
    const valueType = reader.uint32();
    if (isFileType) file.writeUInt32LE(fileType, reader.at);
    reader.skipValue(valueType);
  }
  const metadata = file.subarray(0, reader.at);
  const infos = Array.from({ length: tensors }, () => reader.tensorInfo());
  const begin = aligned(reader.at);
  const ends = [...infos.map(({ offset }) => offset), file.length - begin].toSorted((a, b) => a - b);

  const head = [metadata];
  const data: Buffer[] = [];
  let end = 0;
  for (const info of infos) {
    const stored = file.subarray(begin + info.offset, begin + ends[ends.indexOf(info.offset) + 1]);
    const isChanged = info.type === Q4_1.id;
    const bytes = isChanged ? convert(stored, info.elements, type) : stored;
    const tail = Buffer.alloc(12);
    tail.writeUInt32LE(isChanged ? id : info.type);
    tail.writeBigUInt64LE(BigInt(end), 4);
    head.push(info.head, tail);
    data.push(bytes, Buffer.alloc(aligned(bytes.length) - bytes.length));
    end += aligned(bytes.length);
  }
  const header = Buffer.concat(head);
  return Buffer.concat([header, Buffer.alloc(aligned(header.length) - header.length), ...data]);
}

class Reader {
  at = 0;
  private readonly file: Buffer;

  constructor(file: Buffer) {
    this.file = file;
  }

  uint32(): number {
    return this.file.readUInt32LE((this.at += 4) - 4);
  }

  uint64(): number {
    return Number(this.file.readBigUInt64LE((this.at += 8) - 8));
  }

  text(): string {
    const length = this.uint64();
    return this.file.toString('utf8', this.at, (this.at += length));
  }

  skipValue(type: number): void {
    if (type === TEXT) this.text();
    else if (type === ARRAY) {
      const elementType = this.uint32();
      for (let left = this.uint64(); left > 0; left--) this.skipValue(elementType);
    } else this.at += VALUE_BYTES[type];
  }

  tensorInfo(): TensorInfo {
    const begin = this.at;
    this.text();
    let elements = 1;
    for (let left = this.uint32(); left > 0; left--) elements *= this.uint64();
    const head = this.file.subarray(begin, this.at);
    return { head, elements, type: this.uint32(), offset: this.uint64() };
  }
}

function convert(stored: Buffer, elements: number, type: RequantizedType): Buffer {
  const { bytes, write } = TYPES[type];
  const converted = Buffer.alloc((elements / BLOCK) * bytes);
  const [from, into] = [stored, converted].map(
    ({ buffer, byteOffset, length }) => new DataView(buffer, byteOffset, length),
  );
  const values = new Float32Array(BLOCK);
  for (let block = 0; block < elements / BLOCK; block++) {
    readQ4_1(from, block * Q4_1.bytes, values);
    write(values, into, block * bytes);
  }
  return converted;
}

function readQ4_1(from: DataView, at: number, values: Float32Array): void {
  const [step, least] = [from.getFloat16(at, true), from.getFloat16(at + 2, true)];
  for (let i = 0; i < BLOCK / 2; i++) {
    const byte = from.getUint8(at + 4 + i);
    values[i] = (byte & 15) * step + least;
    values[i + BLOCK / 2] = (byte >> 4) * step + least;
  }
}

/** The value with the largest magnitude is -8 steps. */
function writeQ4_0(values: Float32Array, into: DataView, at: number): void {
  const step = Math.fround(values.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0) / -8);
  const perStep = inverse(step);
  const number = (value: number): number => Math.min(15, Math.trunc(Math.fround(Math.fround(value * perStep) + 8.5)));
  into.setFloat16(at, step, true);
  for (let i = 0; i < BLOCK / 2; i++) {
    into.setUint8(at + 2 + i, number(values[i]) | (number(values[i + BLOCK / 2]) << 4));
  }
}

function writeQ8_0(values: Float32Array, into: DataView, at: number): void {
  const step = Math.fround(values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) / 127);
  const perStep = inverse(step);
  into.setFloat16(at, step, true);
  for (const [i, value] of values.entries()) {
    const steps = Math.fround(value * perStep);
    // Halves away from zero, as C rounds.
    into.setInt8(at + 2 + i, Math.sign(steps) * Math.round(Math.abs(steps)));
  }
}

function inverse(step: number): number {
  return step === 0 ? 0 : Math.fround(1 / step);
}

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
