import { messageOf } from '@frontier/errors';
import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';
import { assertFetched } from './model-folder.js';
import { BYTES_PER_ELEMENT, type FloatFormat, widenToFloat32 } from './float-formats.js';
import { ReadableFile } from './readable-file.js';

const MAX_HEADER_BYTES = 100_000_000;

interface StoredTensor {
  dtype: string;
  shape: number[];
  /** Bytes from the start of the file. */
  begin: number;
  byteLength: number;
}

/**
 * One open `.safetensors` file: 8 bytes of header length, a JSON header, then the tensors' bytes.
 * Everything that the header says is checked against the file before a tensor is read.
 * Format: https://github.com/huggingface/safetensors#format
 */
export class SafetensorsFile {
  private readonly tensors = new Map<string, StoredTensor>();
  /** Used again by each {@link readRows}. */
  private rowFloats = new Float32Array(0);
  private rowBytes = new Uint8Array(0);

  private constructor(private readonly source: ReadableFile) {}

  /** @throws `model_invalid` naming the file and what is wrong with it. */
  static open(path: string): SafetensorsFile {
    const file = new SafetensorsFile(ReadableFile.open(path));
    try {
      file.readHeader();
    } catch (error) {
      file.close();
      throw error;
    }
    return file;
  }

  get path(): string {
    return this.source.path;
  }

  get names(): IterableIterator<string> {
    return this.tensors.keys();
  }

  /** As `Weights.read`. */
  read(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
    const { begin, byteLength, dtype } = this.floats(name, shape);
    return widenToFloat32(this.source.read(begin, byteLength), dtype);
  }

  /** As `Weights.readRows`. */
  readRows(
    name: string,
    shape: readonly [rows: number, columns: number],
    from: number,
    to: number,
  ): Float32Array<ArrayBuffer> {
    const { begin, dtype } = this.floats(name, shape);
    const rowBytes = shape[1] * BYTES_PER_ELEMENT[dtype];
    const elements = (to - from) * shape[1];
    if (this.rowFloats.length < elements) {
      this.rowFloats = new Float32Array(elements);
      this.rowBytes = new Uint8Array(this.rowFloats.byteLength);
    }
    const bytes = this.rowBytes.subarray(0, (to - from) * rowBytes);
    this.source.readInto(bytes, begin + from * rowBytes);
    return widenToFloat32(bytes, dtype, this.rowFloats.subarray(0, elements));
  }

  /** True if a tensor has the very bytes and type of one of another file, or of this one. */
  hasSameBytes(name: string, file: SafetensorsFile, other: string): boolean {
    const [a, b] = [this.tensors.get(name), file.tensors.get(other)];
    if (!a || !b || a.dtype !== b.dtype || a.byteLength !== b.byteLength) return false;
    return this.source.hasSameBytes(a.begin, file.source, b.begin, a.byteLength);
  }

  /** As `Weights.assertUnchanged`. */
  assertUnchanged(): void {
    this.source.assertUnchanged();
  }

  close(): void {
    this.source.close();
  }

  /** @throws `model_invalid` when it is absent or has another shape, `model_unsupported` when its type is not a float */
  private floats(name: string, shape: readonly number[]): StoredTensor & { dtype: FloatFormat } {
    const tensor = this.tensors.get(name);
    if (!tensor) throw modelInvalid(`${this.path} has no tensor "${name}".`);
    if (!(tensor.dtype in BYTES_PER_ELEMENT)) {
      throw modelUnsupported(
        `${this.path}: tensor "${name}" has type ${tensor.dtype}; supported are ${Object.keys(BYTES_PER_ELEMENT).join(', ')}.`,
      );
    }
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw modelInvalid(
        `${this.path}: tensor "${name}" has shape [${tensor.shape}], but config.json asks for [${shape}].`,
      );
    }
    return tensor as StoredTensor & { dtype: FloatFormat };
  }

  private readHeader(): void {
    const fileBytes = this.source.size;
    if (fileBytes < 8) throw modelInvalid(`${this.path} is truncated: ${fileBytes} bytes cannot hold a header.`);
    assertFetched(this.path, this.source.read(0, Math.min(64, fileBytes)));
    const headerBytes = Number(new DataView(this.source.read(0, 8).buffer).getBigUint64(0, true));
    if (headerBytes > MAX_HEADER_BYTES || 8 + headerBytes > fileBytes) {
      throw modelInvalid(
        `${this.path}: the header claims ${headerBytes} bytes, but the file has ${fileBytes}. It is damaged or not a safetensors file.`,
      );
    }
    const dataStart = 8 + headerBytes;
    for (const [name, entry] of Object.entries(this.parseHeader(headerBytes))) {
      if (name !== '__metadata__') this.tensors.set(name, this.checkEntry(name, entry, dataStart, fileBytes));
    }
  }

  private parseHeader(headerBytes: number): Record<string, unknown> {
    try {
      const header: unknown = JSON.parse(
        new TextDecoder('utf-8', { fatal: true }).decode(this.source.read(8, headerBytes)),
      );
      if (typeof header === 'object' && header !== null && !Array.isArray(header)) {
        return header as Record<string, unknown>;
      }
    } catch (error) {
      throw modelInvalid(`${this.path}: the header is not valid JSON: ${messageOf(error)}`, error);
    }
    throw modelInvalid(`${this.path}: the header is not a JSON object.`);
  }

  private checkEntry(name: string, entry: unknown, dataStart: number, fileBytes: number): StoredTensor {
    const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
    if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
      throw modelInvalid(`${this.path}: the header's entry of tensor "${name}" is malformed.`);
    }
    const [begin, end] = offsets;
    const byteLength = end - begin;
    if (dataStart + end > fileBytes) {
      throw modelInvalid(
        `${this.path} is truncated: tensor "${name}" ends at byte ${dataStart + end}, but the file has ${fileBytes}. Download it again.`,
      );
    }
    const elementBytes = BYTES_PER_ELEMENT[dtype as FloatFormat];
    const expected = shape.reduce((product, size) => product * size, 1) * elementBytes;
    if (byteLength < 0 || (elementBytes !== undefined && expected !== byteLength)) {
      throw modelInvalid(
        `${this.path}: tensor "${name}" spans ${byteLength} bytes, but ${dtype} [${shape}] takes ${expected}.`,
      );
    }
    return { dtype, shape, begin: dataStart + begin, byteLength };
  }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
