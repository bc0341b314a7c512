/**
 * Writes the protocol buffers wire format into one growing buffer.
 * Encoding: https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  private buffer = new Uint8Array(1024);
  private length = 0;

  /** A varint field: int32, int64, bool or enum. Negative values take ten bytes, as the format asks. */
  varint(field: number, value: number | bigint): this {
    this.raw(BigInt(field << 3));
    this.raw(BigInt.asUintN(64, BigInt(value)));
    return this;
  }

  float(field: number, value: number): this {
    this.raw(BigInt((field << 3) | 5));
    this.reserve(4);
    new DataView(this.buffer.buffer).setFloat32(this.length, value, true);
    this.length += 4;
    return this;
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array): this {
    this.raw(BigInt((field << 3) | 2));
    this.raw(BigInt(value.length));
    this.reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
    return this;
  }

  message(field: number, write: (message: ProtobufWriter) => void): this {
    const message = new ProtobufWriter();
    write(message);
    return this.bytes(field, message.finish());
  }

  finish(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  private raw(value: bigint): void {
    this.reserve(10);
    while (value > 0x7fn) {
      this.buffer[this.length++] = Number(value & 0x7fn) | 0x80;
      value >>= 7n;
    }
    this.buffer[this.length++] = Number(value);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(this.buffer.length * 2, this.length + bytes));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
