import type { SerializedAppError } from '@frontier/errors';
import type { DataType } from '../graph/data-types.js';
import type { Priority } from '../sequence/priority.js';

/** Element types of tensors that requests may have; `bfloat16` and packed four bits have none in JavaScript. */
export type TensorType = Exclude<DataType, 'bfloat16' | 'uint4' | 'int4'>;

/** The elements of a tensor, row-major. Numbers of 16 bits that are no integers are given by their bits. */
export type TensorData =
  | Float32Array
  | Float64Array
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** A tensor with its name. */
export interface NamedTensor {
  name: string;
  type: TensorType;
  dims: readonly number[];
  data: TensorData;
}

/** An input or output of a model. A dimension that is not known before has a name, which may be empty. */
export interface TensorSpec {
  name: string;
  type: TensorType;
  dims: readonly (number | string)[];
}

/** The tensors of a model. */
export interface TensorSignature {
  inputs: readonly TensorSpec[];
  outputs: readonly TensorSpec[];
}

/** Tensors of one caller that a model computes with. */
export interface TensorRequest {
  /** Names the request in reports and cancellations; unique among those that are not finished. */
  id: string;
  /** The principal of the request: within a priority, callers are served in turn. */
  caller?: string;
  /** Default `normal`. */
  priority?: Priority;
  /** All inputs of the model; see {@link assertInputs}. */
  inputs: readonly NamedTensor[];
  /** Names of the outputs that are wanted; default: all. */
  outputs?: readonly string[];
}

/** The result of a request; without outputs and error where the request had ended before. */
export interface TensorItem {
  requestId: string;
  outputs?: NamedTensor[];
  /** Set instead of outputs where the request failed. */
  error?: SerializedAppError;
}

/** One pass: its cost, and the results of its requests. */
export interface TensorStepReport {
  items: TensorItem[];
  /** Requests of the pass. */
  rows: number;
  /** Bytes of their inputs. */
  bytes: number;
  passMs: number;
  /** Requests that wait after the pass. */
  queued: number;
}

type ArrayConstructor = { new (length: number): Exclude<TensorData, string[]>; readonly BYTES_PER_ELEMENT: number };

/** The array of each type's elements. */
export const TENSOR_ARRAYS: Record<Exclude<TensorType, 'string'>, ArrayConstructor> = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  uint8: Uint8Array,
  int8: Int8Array,
  bool: Uint8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

/** Bytes of tensors. */
export function bytesOf(tensors: readonly NamedTensor[]): number {
  return tensors.reduce((sum, { data }) => {
    return sum + (Array.isArray(data) ? data.reduce((bytes, text) => bytes + 2 * text.length, 0) : data.byteLength);
  }, 0);
}
