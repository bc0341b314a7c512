import { modelInvalid } from '../../errors/engine.errors.js';
import type { ReadableFile } from '../../model/readable-file.js';

const WINDOW_BYTES = 2 ** 20;
/** No header that is sound comes near it: a vocabulary of 262,144 tokens takes 15 MB. */
const MAX_HEADER_BYTES = 2 ** 27;

/** A file, as far as its header needs it. */
export type HeaderSource = Pick<ReadableFile, 'path' | 'size' | 'version' | 'read'>;

/** Reads the header of a GGUF file from its begin on, through a window of 1 MiB; every length is checked against the file before it is used. */
export class GgufCursor {
  private window = Buffer.alloc(0);
  /** The position of the window in the file. */
  private begin = 0;
  /** The next byte in the window. */
  private at = 0;
  private readonly end: number;

  constructor(private readonly file: HeaderSource) {
    this.end = Math.min(file.size, MAX_HEADER_BYTES);
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.begin + this.at;
  }

  /** Bytes that the header may still have. */
  get remaining(): number {
    return this.end - this.position;
  }

  uint8(): number {
    const at = this.take(1);
    return this.window[at];
  }

  int8(): number {
    const at = this.take(1);
    return this.window.readInt8(at);
  }

  uint16(): number {
    const at = this.take(2);
    return this.window.readUInt16LE(at);
  }

  int16(): number {
    const at = this.take(2);
    return this.window.readInt16LE(at);
  }

  uint32(): number {
    const at = this.take(4);
    return this.window.readUInt32LE(at);
  }

  int32(): number {
    const at = this.take(4);
    return this.window.readInt32LE(at);
  }

  float32(): number {
    const at = this.take(4);
    return this.window.readFloatLE(at);
  }

  float64(): number {
    const at = this.take(8);
    return this.window.readDoubleLE(at);
  }

  /** A number where float64 holds it exactly. */
  uint64(): number | bigint {
    const low = this.uint32();
    const high = this.uint32();
    const value = high * 2 ** 32 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
  }

  /** As {@link uint64}. */
  int64(): number | bigint {
    const at = this.take(8);
    const value = this.window.readBigInt64LE(at);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  /** A text of at most `max` bytes, in UTF-8; bytes that are none become U+FFFD. */
  text(what: string, max = this.remaining): string {
    const length = this.length(what, 1, max);
    const at = this.take(length);
    return this.window.toString('utf8', at, at + length);
  }

  /** Passes over a text. */
  skipText(what: string): void {
    this.skip(this.length(what, 1));
  }

  /**
   * A 64-bit number of elements, each of so many bytes at least.
   * @throws `model_invalid` where the file could not hold them
   */
  length(what: string, elementBytes: number, max = Number.MAX_SAFE_INTEGER): number {
    const length = Number(this.uint64());
    if (length <= max && length * elementBytes <= this.remaining) return length;
    throw modelInvalid(
      `${this.file.path}: ${what} claims ${length} ${elementBytes === 1 ? 'bytes' : 'elements'} at byte ${this.position - 8}, where ${Math.min(max, Math.floor(this.remaining / elementBytes))} are possible. It is truncated or damaged: download it again.`,
    );
  }

  /** Passes over bytes, without reading those that the window does not have. */
  skip(byteLength: number): void {
    this.assertRemaining(byteLength);
    this.at += byteLength;
    if (this.at <= this.window.length) return;
    this.begin += this.at;
    this.at = 0;
    this.window = Buffer.alloc(0);
  }

  /** Makes bytes available in the window, and gives where they begin in it. */
  private take(byteLength: number): number {
    if (this.at + byteLength > this.window.length) this.fill(byteLength);
    const at = this.at;
    this.at += byteLength;
    return at;
  }

  private fill(byteLength: number): void {
    this.assertRemaining(byteLength);
    const begin = this.position;
    const length = Math.min(Math.max(byteLength, WINDOW_BYTES), this.end - begin);
    this.window = Buffer.from(this.file.read(begin, length).buffer);
    this.begin = begin;
    this.at = 0;
  }

  private assertRemaining(byteLength: number): void {
    if (byteLength <= this.remaining) return;
    const limit =
      this.end < this.file.size
        ? `is longer than ${MAX_HEADER_BYTES} bytes; no model has such a header`
        : `ends at byte ${this.file.size}, where the header goes on: it is truncated. Download it again`;
    throw modelInvalid(`${this.file.path}: the file ${limit}.`);
  }
}
