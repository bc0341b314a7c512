import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { GgufCursor, HeaderSource } from './gguf-cursor.js';
import { TENSOR_TYPES, type TensorType } from './tensor-types.js';

/** A tensor as a GGUF file describes it. */
export interface TensorInfo {
  name: string;
  type: TensorType;
  /** Rows first, as Hugging Face writes shapes. */
  shape: number[];
  /** Bytes from the start of the file. */
  begin: number;
  byteLength: number;
}

const MAX_DIMENSIONS = 4;
/** ggml's own bound is 63 bytes. */
const MAX_NAME_BYTES = 1024;

/**
 * Reads the descriptions of tensors: each lies within the file, aligned, and apart from all others.
 * @throws `model_invalid`, or `model_unsupported` for a type that is not known, naming file and tensor
 */
export function readTensorInfos(
  file: HeaderSource,
  cursor: GgufCursor,
  count: number,
  alignment: number,
): TensorInfo[] {
  const tensors: TensorInfo[] = [];
  const names = new Set<string>();
  for (let i = 0; i < count; i++) {
    const tensor = readTensorInfo(file, cursor);
    if (names.has(tensor.name)) throw invalid(file, tensor.name, 'is there twice');
    names.add(tensor.name);
    tensors.push(tensor);
  }
  const dataBegin = Math.ceil(cursor.position / alignment) * alignment;
  for (const tensor of tensors) {
    if (tensor.begin % alignment !== 0) {
      throw invalid(file, tensor.name, `begins at ${tensor.begin} of the data, which is no multiple of ${alignment}`);
    }
    tensor.begin += dataBegin;
    const end = tensor.begin + tensor.byteLength;
    if (end > file.size) {
      throw modelInvalid(
        `${file.path} is truncated: tensor "${tensor.name}" ends at byte ${end}, but the file has ${file.size}. Download it again.`,
      );
    }
  }
  const inOrder = tensors.toSorted((a, b) => a.begin - b.begin);
  for (const [i, tensor] of inOrder.entries()) {
    const next = inOrder[i + 1];
    if (next && tensor.begin + tensor.byteLength > next.begin)
      throw invalid(file, tensor.name, `overlaps "${next.name}"`);
  }
  return tensors;
}

/** As the file has it: `begin` counts from the start of the data. */
function readTensorInfo(file: HeaderSource, cursor: GgufCursor): TensorInfo {
  const name = cursor.text('the name of a tensor', MAX_NAME_BYTES);
  const dimensions = cursor.uint32();
  if (dimensions < 1 || dimensions > MAX_DIMENSIONS) throw invalid(file, name, `has ${dimensions} dimensions`);
  const sizes = Array.from({ length: dimensions }, () => Number(cursor.uint64()));
  const id = cursor.uint32();
  const type = TENSOR_TYPES.get(id);
  if (!type) {
    throw modelUnsupported(
      `${file.path}: tensor ${JSON.stringify(name)} has type ${id}, which is not known. Take a Q4_K_M or Q8_0 file of this model.`,
    );
  }
  const begin = Number(cursor.uint64());
  const elements = sizes.reduce((product, size) => product * size, 1);
  const byteLength = (elements / type.blockElements) * type.blockBytes;
  if (sizes[0] % type.blockElements !== 0) {
    throw invalid(
      file,
      name,
      `has rows of ${sizes[0]} elements, but ${type.name} stores blocks of ${type.blockElements}`,
    );
  }
  if (!sizes.every((size) => size > 0) || !Number.isSafeInteger(byteLength + begin)) {
    throw invalid(file, name, `has the shape [${sizes.toReversed()}] at ${begin} of the data, which no file can hold`);
  }
  return { name, type, shape: sizes.toReversed(), begin, byteLength };
}

function invalid(file: HeaderSource, name: string, fault: string): Error {
  return modelInvalid(`${file.path}: tensor ${JSON.stringify(name)} ${fault}. The file is damaged: download it again.`);
}
