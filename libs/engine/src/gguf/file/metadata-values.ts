import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { GgufValue, StoredArray } from '../gguf-metadata.js';
import { elementBytes, loadElements, STRING, BOOL } from './array-elements.js';
import type { GgufCursor, HeaderSource } from './gguf-cursor.js';

const ARRAY = 9;
/** The largest lists that are known have half a million merges; passing over more texts, or reading more numbers, would take long. */
const MAX_ELEMENTS = 2 ** 22;

/** Types of numbers by their ids. */
const NUMBERS: ReadonlyMap<number, (cursor: GgufCursor) => number | bigint> = new Map([
  [0, (cursor: GgufCursor) => cursor.uint8()],
  [1, (cursor: GgufCursor) => cursor.int8()],
  [2, (cursor: GgufCursor) => cursor.uint16()],
  [3, (cursor: GgufCursor) => cursor.int16()],
  [4, (cursor: GgufCursor) => cursor.uint32()],
  [5, (cursor: GgufCursor) => cursor.int32()],
  [6, (cursor: GgufCursor) => cursor.float32()],
  [10, (cursor: GgufCursor) => cursor.uint64()],
  [11, (cursor: GgufCursor) => cursor.int64()],
  [12, (cursor: GgufCursor) => cursor.float64()],
] as const);

/**
 * Reads a value of the metadata; an array is only passed over, and read when it is asked for.
 * @throws `model_invalid` naming the file and the key
 */
export function readValue(file: HeaderSource, cursor: GgufCursor, key: string): GgufValue {
  const type = cursor.uint32();
  if (type === STRING) return cursor.text(`the text of ${JSON.stringify(key)}`);
  if (type === BOOL) return cursor.uint8() !== 0;
  if (type === ARRAY) return readArray(file, cursor, key);
  const read = NUMBERS.get(type);
  if (read) return read(cursor);
  throw modelInvalid(
    `${file.path}: ${JSON.stringify(key)} in the metadata has type ${type}, which GGUF does not have. It is damaged: download it again.`,
  );
}

function readArray(file: HeaderSource, cursor: GgufCursor, key: string): StoredArray {
  const type = cursor.uint32();
  const what = `the array ${JSON.stringify(key)}`;
  if (type === ARRAY) {
    throw modelUnsupported(`${file.path}: ${what} holds arrays, which no supported model has. Convert the model anew.`);
  }
  const bytes = elementBytes(type);
  if (bytes === undefined) {
    throw modelInvalid(
      `${file.path}: ${what} has elements of type ${type}, which GGUF does not have. It is damaged: download it again.`,
    );
  }
  const count = cursor.length(what, bytes, MAX_ELEMENTS);
  const begin = cursor.position;
  if (type === STRING) for (let i = 0; i < count; i++) cursor.skipText(what);
  else cursor.skip(count * bytes);
  const place = { path: file.path, version: file.version, begin, byteLength: cursor.position - begin };
  const elements = type === STRING ? 'text' : type === BOOL ? 'flag' : 'number';
  return { elements, count, load: () => loadElements(place, type, count) };
}
