import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import { assertFetched } from '../../model/model-folder.js';
import { GgufMetadata, type GgufValue } from '../gguf-metadata.js';
import { GgufCursor, type HeaderSource } from './gguf-cursor.js';
import { readValue } from './metadata-values.js';
import { readTensorInfos, type TensorInfo } from './tensor-infos.js';

const MAGIC = 'GGUF';
const VERSIONS = [2, 3];
/** Files that are known have about 40 keys and, with experts, some thousand tensors. */
const MAX_KEYS = 65_536;
const MAX_TENSORS = 131_072;
const MAX_KEY_BYTES = 65_535;
/** Bytes that a key and its value, and the description of a tensor, take at least. */
const MIN_KEY_BYTES = 13;
const MIN_TENSOR_BYTES = 32;

/** All that a GGUF file says of itself before the tensors' bytes. */
export interface GgufHeader {
  metadata: GgufMetadata;
  tensors: TensorInfo[];
}

/**
 * Reads the header of a GGUF file (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md); all it says is checked against the
 * file. The work is bounded by the header's bytes, whatever it claims.
 * @throws `model_invalid` or `model_unsupported`, naming the file and its fault
 */
export function readGgufHeader(file: HeaderSource): GgufHeader {
  const begin = Buffer.from(file.read(0, Math.min(64, file.size)));
  assertFetched(file.path, begin);
  if (begin.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw modelInvalid(`${file.path} is no GGUF file: it does not begin with "${MAGIC}". Download it again.`);
  }
  const cursor = new GgufCursor(file);
  cursor.skip(MAGIC.length);
  assertVersion(file.path, cursor.uint32());
  const tensorCount = cursor.length('the number of tensors', MIN_TENSOR_BYTES, MAX_TENSORS);
  const keyCount = cursor.length('the number of keys', MIN_KEY_BYTES, MAX_KEYS);
  const values = new Map<string, GgufValue>();
  for (let i = 0; i < keyCount; i++) {
    const key = cursor.text('a key of the metadata', MAX_KEY_BYTES);
    if (key === '' || values.has(key)) {
      const fault = key === '' ? 'an empty key' : `${JSON.stringify(key)} twice`;
      throw modelInvalid(`${file.path}: the metadata have ${fault}. It is damaged: download it again.`);
    }
    values.set(key, readValue(file, cursor, key));
  }
  const metadata = new GgufMetadata(file.path, values);
  return { metadata, tensors: readTensorInfos(file, cursor, tensorCount, alignmentOf(metadata)) };
}

function assertVersion(path: string, version: number): void {
  if (VERSIONS.includes(version)) return;
  if ((version & 0xffff) === 0 && version !== 0) {
    throw modelUnsupported(
      `${path} is a big-endian GGUF file, which is not supported. Take a little-endian file of this model.`,
    );
  }
  throw modelUnsupported(
    `${path} has version ${version} of GGUF; supported are ${VERSIONS.join(' and ')}. Convert the model anew, or take a newer file of it.`,
  );
}

const DEFAULT_ALIGNMENT = 32;
const MAX_ALIGNMENT = 2 ** 20;

function alignmentOf(metadata: GgufMetadata): number {
  const alignment = metadata.integer('general.alignment') ?? DEFAULT_ALIGNMENT;
  if (alignment > 0 && alignment <= MAX_ALIGNMENT && (alignment & (alignment - 1)) === 0) return alignment;
  throw modelInvalid(
    `${metadata.path}: "general.alignment" in the metadata must be a power of two, not ${alignment}. Take another file of this model.`,
  );
}
