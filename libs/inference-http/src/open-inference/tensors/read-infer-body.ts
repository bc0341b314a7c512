import { type BodyLimits, parseBody } from '@frontier/http';
import type { TensorData } from '@frontier/inference';
import { readByteElements } from './byte-elements.js';
import { readNumberBytes, readNumberList } from './number-elements.js';
import { type Datatype, DATATYPES, elementsOf, malformedTensors, type Tensor } from './tensor.js';

/** Bounds of the JSON of a body; more elements come as bytes. */
export const INFER_BODY_LIMITS: BodyLimits = { depth: 12, values: 150_000, keys: 5000 };

/** Bytes of a body that are taken, whatever the limit of others: an image is larger than a text. */
export const INFER_BODY_BYTES = 2 ** 24;

/** JSON is parsed on the event loop; longer texts come as bytes. */
const MAX_JSON_BYTES = 2 ** 21;
const MAX_TEXTS = 65_536;
const MAX_INPUTS = 512;
const MAX_OUTPUTS = 512;
const MAX_DIMENSIONS = 8;
const MAX_NAME = 256;

/** An output that is asked for, and how it is written. */
export interface AskedOutput {
  name: string;
  isBinary: boolean;
}

/** A request for inference. */
export interface InferBody {
  id: string | undefined;
  inputs: readonly Tensor[];
  /** `undefined`: all of them. */
  outputs: readonly AskedOutput[] | undefined;
  /** The form of outputs without `binary_data` of their own. */
  isBinary: boolean;
}

interface Fields {
  id?: unknown;
  inputs?: unknown;
  outputs?: unknown;
  parameters?: unknown;
}

type Parameters = Record<string, unknown>;

/**
 * Reads the body of an infer request: JSON, or JSON and the bytes of its tensors behind it. All of it is checked before anything is computed.
 * @param headerLength value of the header `Inference-Header-Content-Length`; `undefined`: all is JSON
 * @throws `malformed_request`, `invalid_request`
 */
export function readInferBody(bytes: Buffer | undefined, headerLength: string | undefined): InferBody {
  if (!bytes || bytes.length === 0) throw malformedTensors('its body is empty');
  const jsonBytes = headerLength === undefined ? bytes.length : lengthOf(headerLength, bytes.length);
  if (jsonBytes > MAX_JSON_BYTES)
    throw malformedTensors(`its JSON has more than ${MAX_JSON_BYTES} bytes: send its tensors as bytes`);
  const { body } = parseBody(bytes.subarray(0, jsonBytes), INFER_BODY_LIMITS);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformedTensors('it must be an object');
  const { id, inputs, outputs, parameters } = body as Fields;
  if (id !== undefined && id !== null && (typeof id !== 'string' || id.length > MAX_NAME))
    throw malformedTensors(`id must be a text of at most ${MAX_NAME} characters`);
  const shared = parametersOf(parameters, 'parameters');
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > MAX_INPUTS)
    throw malformedTensors(`inputs must be a list of 1 to ${MAX_INPUTS} tensors`);
  const tensors: Tensor[] = [];
  let rest = bytes.subarray(jsonBytes);
  for (const [i, input] of (inputs as unknown[]).entries()) {
    const { tensor, size } = inputOf(input, `inputs[${i}]`, rest);
    if (tensors.some(({ name }) => name === tensor.name)) throw malformedTensors(`inputs has "${tensor.name}" twice`);
    tensors.push(tensor);
    rest = rest.subarray(size);
  }
  if (rest.length > 0) throw malformedTensors(`its body has ${rest.length} bytes that belong to no input`);
  const isBinary = shared.binary_data_output === true;
  return { id: id ?? undefined, inputs: tensors, outputs: outputsOf(outputs, isBinary), isBinary };
}

function lengthOf(header: string, available: number): number {
  const length = /^\d{1,10}$/.test(header) ? Number(header) : NaN;
  if (length <= available) return length;
  throw malformedTensors(`Inference-Header-Content-Length must be the bytes of the JSON, at most ${available}`);
}

function inputOf(input: unknown, place: string, rest: Buffer): { tensor: Tensor; size: number } {
  if (typeof input !== 'object' || input === null) throw malformedTensors(`${place} must be an object`);
  const { name, datatype, shape, data, parameters } = input as Record<string, unknown>;
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME)
    throw malformedTensors(`${place} must have a name of 1 to ${MAX_NAME} characters`);
  if (typeof datatype !== 'string' || !Object.hasOwn(DATATYPES, datatype))
    throw malformedTensors(`${place} ("${name}") must be of a datatype: ${Object.keys(DATATYPES).join(', ')}`);
  const type = datatype as Datatype;
  if (!isShape(shape))
    throw malformedTensors(`${place} ("${name}") must have a shape of at most ${MAX_DIMENSIONS} lengths`);
  const count = elementsOf(shape);
  if (type === 'BYTES' && count > MAX_TEXTS)
    throw malformedTensors(`"${name}" has ${count} elements, and may have ${MAX_TEXTS}`);
  const { binary_data_size: size } = parametersOf(parameters, `${place}.parameters`);
  const head = { name, datatype: type, shape };
  if (size === undefined) return { tensor: { ...head, data: listOf(data, count, head) }, size: 0 };
  if (data !== undefined) throw malformedTensors(`${place} ("${name}") has data and binary_data_size`);
  if (!Number.isSafeInteger(size) || (size as number) < 0 || (size as number) > rest.length)
    throw malformedTensors(`${place} ("${name}") has a binary_data_size that the body does not have`);
  const bytes = rest.subarray(0, size as number);
  const read = type === 'BYTES' ? readByteElements(bytes, count, name) : readNumberBytes(bytes, count, type, name);
  return { tensor: { ...head, data: read }, size: size as number };
}

/** The elements of a list that is flat, or nested as its shape is. */
function listOf(data: unknown, count: number, { name, datatype, shape }: Omit<Tensor, 'data'>): TensorData {
  if (!Array.isArray(data)) throw malformedTensors(`the data of "${name}" must be a list`);
  const list = Array.isArray(data[0]) ? flattened(data, shape, name) : (data as unknown[]);
  if (list.length !== count)
    throw malformedTensors(`the shape of "${name}" has ${count} elements, and its data ${list.length}`);
  if (datatype !== 'BYTES') return readNumberList(list, datatype, name);
  if (list.every((text) => typeof text === 'string')) return list;
  throw malformedTensors(`the data of "${name}" must be texts`);
}

function flattened(data: unknown[], [length, ...inner]: readonly number[], name: string): unknown[] {
  if (data.length !== length) throw malformedTensors(`the data of "${name}" is not nested as its shape is`);
  if (inner.length === 0) return data;
  return data.flatMap((part) => {
    if (!Array.isArray(part)) throw malformedTensors(`the data of "${name}" is not nested as its shape is`);
    return flattened(part as unknown[], inner, name);
  });
}

function outputsOf(outputs: unknown, isBinary: boolean): AskedOutput[] | undefined {
  if (outputs === undefined || outputs === null) return undefined;
  if (!Array.isArray(outputs) || outputs.length > MAX_OUTPUTS)
    throw malformedTensors(`outputs must be a list of at most ${MAX_OUTPUTS} outputs`);
  const names = new Set<string>();
  const asked = (outputs as unknown[]).map((output, i) => {
    const { name, parameters } = (output ?? {}) as Record<string, unknown>;
    if (typeof name !== 'string') throw malformedTensors(`outputs[${i}] must have a name`);
    if (names.has(name)) throw malformedTensors(`outputs has "${name}" twice`);
    names.add(name);
    const { binary_data: own, classification } = parametersOf(parameters, `outputs[${i}].parameters`);
    if (classification) throw malformedTensors(`outputs[${i}]: this server has no classification extension`);
    return { name, isBinary: typeof own === 'boolean' ? own : isBinary };
  });
  return asked.length === 0 ? undefined : asked;
}

function parametersOf(parameters: unknown, place: string): Parameters {
  if (parameters === undefined || parameters === null) return {};
  if (typeof parameters === 'object' && !Array.isArray(parameters)) return parameters as Parameters;
  throw malformedTensors(`${place} must be an object`);
}

function isShape(shape: unknown): shape is number[] {
  if (!Array.isArray(shape) || shape.length > MAX_DIMENSIONS) return false;
  const isLength = (length: unknown): boolean => Number.isSafeInteger(length) && (length as number) >= 0;
  return shape.every(isLength) && Number.isSafeInteger(elementsOf(shape as number[]));
}
