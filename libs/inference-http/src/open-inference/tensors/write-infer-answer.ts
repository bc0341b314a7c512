import { LazyList } from '@frontier/http';
import { writeByteElements } from './byte-elements.js';
import { VERSION } from '../errors/versions.js';
import type { InferBody } from './read-infer-body.js';
import { areJsonNumbers, writeNumberBytes, writeNumberList } from './number-elements.js';
import { malformedTensors, type Tensor } from './tensor.js';

/** An answer before it is written. */
export interface InferAnswer {
  model: string;
  tensors: readonly Tensor[];
}

/** An answer as it is sent: an object, or JSON with the bytes of its tensors behind it. */
export type WrittenAnswer = { kind: 'json'; body: object } | { kind: 'binary'; body: Buffer; headerLength: number };

/** Elements of a tensor in JSON that has bytes behind it. */
const MAX_MIXED = 16_384;

/**
 * Writes the outputs that were asked for, in their order; all of them are there.
 * @throws `malformed_request` where a tensor is too large to be JSON beside bytes
 */
export function writeInferAnswer({ id, outputs, isBinary }: InferBody, { model, tensors }: InferAnswer): WrittenAnswer {
  const asked = (outputs ?? tensors.map(({ name }) => ({ name, isBinary }))).map((output) => ({
    tensor: tensors.find(({ name }) => name === output.name)!,
    isBinary: output.isBinary,
  }));
  const pieces: Buffer[] = [];
  const written = asked.map(({ tensor, isBinary: asBytes }) => {
    const { data, ...head } = tensor;
    if (!asBytes) return { ...head, data: listOf(tensor) };
    const bytes = Array.isArray(data) ? writeByteElements(data) : writeNumberBytes(data);
    pieces.push(bytes);
    return { ...head, parameters: { binary_data_size: bytes.length } };
  });
  const body = { model_name: model, model_version: VERSION, ...(id !== undefined && { id }), outputs: written };
  if (pieces.length === 0) return { kind: 'json', body };
  // The JSON before bytes is written at once, since its length comes first.
  const large = asked.find(({ tensor, isBinary: asBytes }) => !asBytes && tensor.data.length > MAX_MIXED);
  if (large) throw malformedTensors(`"${large.tensor.name}" is too large to be JSON beside bytes: ask for bytes`);
  const header = Buffer.from(JSON.stringify(body));
  return { kind: 'binary', body: Buffer.concat([header, ...pieces]), headerLength: header.length };
}

/** The elements as JSON has them. */
function listOf({ name, datatype, data }: Tensor): LazyList<unknown> {
  if (Array.isArray(data)) return new LazyList<unknown>(data.length, () => data);
  if (!areJsonNumbers(data)) throw malformedTensors(`"${name}" has numbers that JSON does not have: ask for bytes`);
  const type = datatype as Exclude<typeof datatype, 'BYTES' | 'FP16'>;
  return new LazyList<unknown>(data.length, () => writeNumberList(data, type));
}
