import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { messageOf } from '@frontier/errors';
import { modelInvalid } from '../errors/engine.errors.js';

/** The system reads less than 2 GiB at once. */
const MAX_READ_BYTES = 2 ** 30;
/** Read at once where two ranges are compared. */
const COMPARED_BYTES = 2 ** 24;

/** An open file of a model that is read in pieces. */
export class ReadableFile {
  private constructor(
    readonly path: string,
    private readonly fd: number,
    /** Bytes. */
    readonly size: number,
    /** Differs once the file has been written to. */
    readonly version: string,
  ) {}

  /** @throws `model_invalid` naming the file */
  static open(path: string): ReadableFile {
    const fd = openWithoutWaiting(path);
    const stats = fstatSync(fd, { bigint: true });
    if (stats.isFile()) return new ReadableFile(path, fd, Number(stats.size), versionOf(stats));
    closeSync(fd);
    throw modelInvalid(
      `${path} is no regular file, so it cannot be read as a part of a model. Put the file in its place.`,
    );
  }

  /**
   * Reads a whole file.
   * @throws `model_invalid` naming the file
   */
  static readWhole(path: string): Buffer {
    const file = ReadableFile.open(path);
    try {
      return Buffer.from(file.read(0, file.size).buffer);
    } finally {
      file.close();
    }
  }

  /** @throws `model_invalid` where the file was written to, or replaced, since it was opened */
  assertUnchanged(): void {
    const stats = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    if (stats && versionOf(stats) === this.version) return;
    throw modelInvalid(`${this.path} was changed while the model was loaded. Load it again when the file is complete.`);
  }

  /** @throws `model_invalid` where the file does not have so many bytes any more, or cannot be read */
  read(position: number, byteLength: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(byteLength);
    this.readInto(bytes, position);
    return bytes;
  }

  /** Fills a buffer; as {@link read}. */
  readInto(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const read = this.readSome(bytes.subarray(done, done + MAX_READ_BYTES), position + done);
      if (read === 0) throw modelInvalid(`${this.path} ended while it was read; it is being changed.`);
      done += read;
    }
  }

  /** True if a range of this file has the bytes of one of another file, or of this one. */
  hasSameBytes(begin: number, other: ReadableFile, otherBegin: number, byteLength: number): boolean {
    for (let at = 0; at < byteLength; at += COMPARED_BYTES) {
      const length = Math.min(COMPARED_BYTES, byteLength - at);
      const [mine, theirs] = [this.read(begin + at, length), other.read(otherBegin + at, length)];
      if (Buffer.compare(mine, theirs) !== 0) return false;
    }
    return true;
  }

  close(): void {
    closeSync(this.fd);
  }

  private readSome(bytes: Uint8Array, position: number): number {
    try {
      return readSync(this.fd, bytes, 0, bytes.length, position);
    } catch (error) {
      throw modelInvalid(`${this.path} cannot be read: ${messageOf(error)}`, error);
    }
  }
}

/** A pipe without a writer would be waited for otherwise. */
function openWithoutWaiting(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw modelInvalid(missing ? `${path} is missing.` : `${path} cannot be opened: ${messageOf(error)}`, error);
  }
}

/** With the time of the last change of the file itself, which copying programs do not set. */
function versionOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
