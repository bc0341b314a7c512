/** A field of a message: its number, and its value by its wire type. */
export interface ProtobufField {
  number: number;
  /** Of a varint, or of 64 fixed bits. */
  integer: bigint;
  /** Of text, bytes, a message, a packed list, or 32 or 64 fixed bits; a view of the message's own bytes. */
  bytes: Uint8Array<ArrayBuffer>;
}

const NONE = new Uint8Array();

/** Bytes that are no message of the format. */
export class ProtobufError extends Error {}

/**
 * The fields of a message in the protocol buffers wire format, in their order.
 * Encoding: https://protobuf.dev/programming-guides/encoding/
 * @throws `ProtobufError` where the bytes end within a field or have an unknown wire type
 */
export function* protobufFields(message: Uint8Array<ArrayBuffer>): Generator<ProtobufField> {
  const cursor = { bytes: message, at: 0 };
  while (cursor.at < message.length) {
    const tag = readVarint(cursor);
    const number = Number(tag >> 3n);
    const wireType = Number(tag & 7n);
    if (wireType === 0) yield { number, integer: readVarint(cursor), bytes: NONE };
    else if (wireType === 1) {
      const bytes = take(cursor, 8);
      yield { number, integer: new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true), bytes };
    } else if (wireType === 2) yield { number, integer: 0n, bytes: take(cursor, Number(readVarint(cursor))) };
    else if (wireType === 5) yield { number, integer: 0n, bytes: take(cursor, 4) };
    else throw new ProtobufError(`a field has the wire type ${wireType}`);
  }
}

/** The integers of a packed list. */
export function packedIntegers(bytes: Uint8Array<ArrayBuffer>): bigint[] {
  const cursor = { bytes, at: 0 };
  const values: bigint[] = [];
  while (cursor.at < bytes.length) values.push(readVarint(cursor));
  return values;
}

/** A varint's value as a signed 64-bit number. */
export function signed(integer: bigint): bigint {
  return BigInt.asIntN(64, integer);
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

interface Cursor {
  bytes: Uint8Array<ArrayBuffer>;
  at: number;
}

function readVarint(cursor: Cursor): bigint {
  let low = 0;
  // Most are short: small numbers until they are not.
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = byteAt(cursor);
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt(low);
  }
  let value = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = byteAt(cursor);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw new ProtobufError('a number has more than ten bytes');
}

function byteAt(cursor: Cursor): number {
  if (cursor.at >= cursor.bytes.length) throw new ProtobufError('it ends within a number');
  return cursor.bytes[cursor.at++];
}

function take(cursor: Cursor, length: number): Uint8Array<ArrayBuffer> {
  const { bytes, at } = cursor;
  if (!(length <= bytes.length - at)) throw new ProtobufError('it ends within a field');
  cursor.at = at + length;
  return bytes.subarray(at, at + length);
}
