/** Memory that is given out again and again, and grows to the largest request. */
export class ReusedBuffer {
  private buffer = new ArrayBuffer(0);

  /** So many bytes, whose content is left from the last use; until the next call. */
  bytes(byteLength: number): Uint8Array<ArrayBuffer> {
    if (this.buffer.byteLength < byteLength) this.buffer = new ArrayBuffer(byteLength);
    return new Uint8Array(this.buffer, 0, byteLength);
  }

  /** As {@link bytes}, of elements. */
  floats(length: number): Float32Array<ArrayBuffer> {
    return new Float32Array(this.bytes(4 * length).buffer, 0, length);
  }
}
