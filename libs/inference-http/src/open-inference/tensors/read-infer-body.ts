import { type BodyLimits, parseBody } from '@frontier/http';
import { ENCODER_LIMITS } from '../../encoders/request/encoder-limits.js';
import { readByteElements } from './byte-elements.js';
import { elementsOf, malformedTensors, type TextTensor } from './tensor.js';

/** Bounds of the JSON of a body with as many elements as a request may have. */
export const INFER_BODY_LIMITS: BodyLimits = { depth: 8, values: 20_000, keys: 5000 };

/** JSON is parsed on the event loop; longer texts come as bytes. */
const MAX_JSON_BYTES = 2 ** 21;
const MAX_ELEMENTS = ENCODER_LIMITS.inputs;
const MAX_INPUTS = 16;
const MAX_OUTPUTS = 16;
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
  inputs: readonly TextTensor[];
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
    throw malformedTensors(`its JSON has more than ${MAX_JSON_BYTES} bytes: send the texts as bytes`);
  const { body } = parseBody(bytes.subarray(0, jsonBytes), INFER_BODY_LIMITS);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw malformedTensors('it must be an object');
  const { id, inputs, outputs, parameters } = body as Fields;
  if (id !== undefined && id !== null && (typeof id !== 'string' || id.length > MAX_NAME))
    throw malformedTensors(`id must be a text of at most ${MAX_NAME} characters`);
  const shared = parametersOf(parameters, 'parameters');
  if (!Array.isArray(inputs) || inputs.length === 0 || inputs.length > MAX_INPUTS)
    throw malformedTensors(`inputs must be a list of 1 to ${MAX_INPUTS} tensors`);
  const tensors: TextTensor[] = [];
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

function inputOf(input: unknown, place: string, rest: Buffer): { tensor: TextTensor; size: number } {
  if (typeof input !== 'object' || input === null) throw malformedTensors(`${place} must be an object`);
  const { name, datatype, shape, data, parameters } = input as Record<string, unknown>;
  if (typeof name !== 'string' || name.length === 0 || name.length > MAX_NAME)
    throw malformedTensors(`${place} must have a name of 1 to ${MAX_NAME} characters`);
  if (datatype !== 'BYTES') throw malformedTensors(`${place} ("${name}") must be of the datatype BYTES`);
  if (!isShape(shape))
    throw malformedTensors(`${place} ("${name}") must have a shape of 1 to ${MAX_DIMENSIONS} lengths`);
  const count = elementsOf(shape);
  if (count > MAX_ELEMENTS) throw malformedTensors(`"${name}" has ${count} elements, and may have ${MAX_ELEMENTS}`);
  const { binary_data_size: size } = parametersOf(parameters, `${place}.parameters`);
  if (size === undefined) return { tensor: { name, datatype, shape, data: textsOf(data, count, name) }, size: 0 };
  if (data !== undefined) throw malformedTensors(`${place} ("${name}") has data and binary_data_size`);
  if (!Number.isSafeInteger(size) || (size as number) < 0 || (size as number) > rest.length)
    throw malformedTensors(`${place} ("${name}") has a binary_data_size that the body does not have`);
  const bytes = rest.subarray(0, size as number);
  return { tensor: { name, datatype, shape, data: readByteElements(bytes, count, name) }, size: size as number };
}

/** The texts of a list that may be nested as its shape is. */
function textsOf(data: unknown, count: number, name: string): string[] {
  const texts = Array.isArray(data) ? (data as unknown[]).flat(MAX_DIMENSIONS) : undefined;
  if (!texts?.every((text) => typeof text === 'string')) throw malformedTensors(`the data of "${name}" must be texts`);
  if (texts.length === count) return texts;
  throw malformedTensors(`the shape of "${name}" has ${count} elements, and its data ${texts.length}`);
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
  if (!Array.isArray(shape) || shape.length === 0 || shape.length > MAX_DIMENSIONS) return false;
  const isLength = (length: unknown): boolean => Number.isSafeInteger(length) && (length as number) >= 0;
  return shape.every(isLength) && Number.isSafeInteger(elementsOf(shape as number[]));
}
