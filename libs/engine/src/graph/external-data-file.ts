import { closeSync, openSync, writeSync } from 'node:fs';

/** The place of one tensor's bytes in the file. */
export interface ExternalDataRange {
  offset: number;
  byteLength: number;
}

const ALIGNMENT = 64;
/** The system writes less than 2 GiB at once. */
const MAX_WRITE_BYTES = 2 ** 30;

/** Appends tensors to a file beside the graph, which ONNX Runtime then maps instead of parsing. */
export class ExternalDataFile {
  private readonly fd: number;
  private end = 0;

  constructor(path: string) {
    this.fd = openSync(path, 'w');
  }

  /** Appends the parts one directly after the other, as one tensor. */
  append(parts: Iterable<Float32Array | Uint8Array | Int8Array>): ExternalDataRange {
    const offset = Math.ceil(this.end / ALIGNMENT) * ALIGNMENT;
    this.end = offset;
    for (const part of parts) this.write(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
    return { offset, byteLength: this.end - offset };
  }

  close(): void {
    closeSync(this.fd);
  }

  private write(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.fd, bytes, done, Math.min(bytes.length - done, MAX_WRITE_BYTES), this.end + done);
    }
    this.end += bytes.length;
  }
}
