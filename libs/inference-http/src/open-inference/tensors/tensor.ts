import { AppError } from '@frontier/errors';
import type { NamedTensor, TensorData, TensorType } from '@frontier/inference';

/** The names of the protocol for types of elements; it has more than ONNX Runtime gives JavaScript arrays for. */
export const DATATYPES = {
  BOOL: 'bool',
  UINT8: 'uint8',
  UINT16: 'uint16',
  UINT32: 'uint32',
  UINT64: 'uint64',
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FP16: 'float16',
  FP32: 'float32',
  FP64: 'float64',
  BYTES: 'string',
} as const satisfies Record<string, TensorType>;

export type Datatype = keyof typeof DATATYPES;

const NAMES = new Map(Object.entries(DATATYPES).map(([name, type]) => [type as TensorType, name as Datatype]));

/** The protocol's name for a type of elements. */
export function datatypeOf(type: TensorType): Datatype {
  return NAMES.get(type)!;
}

/** A tensor, in row-major order. */
export interface Tensor {
  name: string;
  datatype: Datatype;
  shape: readonly number[];
  data: TensorData;
}

/** A tensor of texts. */
export interface TextTensor extends Tensor {
  datatype: 'BYTES';
  data: string[];
}

/** A tensor as a model takes it. */
export function toNamed({ name, datatype, shape, data }: Tensor): NamedTensor {
  return { name, type: DATATYPES[datatype], dims: shape, data };
}

/** A tensor as a model gives it. */
export function fromNamed({ name, type, dims, data }: NamedTensor): Tensor {
  return { name, datatype: datatypeOf(type), shape: dims, data };
}

/** Elements that a shape has. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A body that is not what it says it is. */
export function malformedTensors(what: string): AppError {
  return new AppError(`The request is invalid: ${what}.`, { code: 'malformed_request', status: 400 });
}
