import { closeSync, openSync, readSync, writeSync } from 'node:fs';

/** The place of one tensor's bytes in the file. */
export interface ExternalDataRange {
  offset: number;
  byteLength: number;
}

const ALIGNMENT = 64;
/** The system writes less than 2 GiB at once. */
const MAX_WRITE_BYTES = 2 ** 30;

/** A file of tensors beside the graph, which ONNX Runtime then maps instead of parsing. */
export class ExternalDataFile {
  private readonly fd: number;
  private end = 0;

  constructor(path: string) {
    this.fd = openSync(path, 'w+');
  }

  /** Takes the next place of a tensor, to be written from then on, in any order. */
  allocate(byteLength: number): ExternalDataRange {
    const offset = Math.ceil(this.end / ALIGNMENT) * ALIGNMENT;
    this.end = offset + byteLength;
    return { offset, byteLength };
  }

  /** Takes a place and writes the whole tensor. */
  append(tensor: Float32Array | Uint8Array | Int8Array): ExternalDataRange {
    const range = this.allocate(tensor.byteLength);
    this.write(tensor, range.offset);
    return range;
  }

  /** @param position bytes from the start of the file */
  write(tensor: Float32Array | Uint8Array | Int8Array, position: number): void {
    const bytes = new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength);
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.fd, bytes, done, Math.min(bytes.length - done, MAX_WRITE_BYTES), position + done);
    }
  }

  /** Fills `bytes` with what was written. */
  read(bytes: Int8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const read = readSync(this.fd, bytes, done, bytes.length - done, position + done);
      if (read === 0) throw new Error('Bug: the external data ends before a tensor that was written.');
      done += read;
    }
  }

  close(): void {
    closeSync(this.fd);
  }
}
