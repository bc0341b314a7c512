import { isUtf8 } from 'node:buffer';
import { malformedTensors } from './tensor.js';

const LENGTH_BYTES = 4;

/**
 * The texts of a binary tensor of BYTES: each its length, 4 bytes little-endian, and UTF-8
 * (https://github.com/triton-inference-server/server/blob/main/docs/protocol/extension_binary_data.md).
 * @throws `malformed_request` unless the bytes are exactly so many texts
 */
export function readByteElements(bytes: Buffer, count: number, name: string): string[] {
  // Each has a length at least, so that a count costs nothing that was not sent.
  if (count * LENGTH_BYTES > bytes.length) throw malformedTensors(`"${name}" has fewer than ${count} elements`);
  const texts: string[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const end = at + LENGTH_BYTES <= bytes.length ? at + LENGTH_BYTES + bytes.readUInt32LE(at) : Infinity;
    if (end > bytes.length) throw malformedTensors(`element ${i} of "${name}" ends after its data`);
    const element = bytes.subarray(at + LENGTH_BYTES, end);
    if (!isUtf8(element)) throw malformedTensors(`element ${i} of "${name}" is not UTF-8`);
    texts.push(element.toString('utf8'));
    at = end;
  }
  if (at !== bytes.length) throw malformedTensors(`"${name}" has ${bytes.length - at} bytes after its last element`);
  return texts;
}

/** The bytes of texts, as {@link readByteElements} reads them. */
export function writeByteElements(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32LE(bytes.length);
      return [length, bytes];
    }),
  );
}
