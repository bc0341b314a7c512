import { AppError } from '@frontier/errors';

/** A tensor of texts, in row-major order. */
export interface TextTensor {
  name: string;
  datatype: 'BYTES';
  shape: readonly number[];
  data: readonly string[];
}

/** A tensor of 32-bit floats, in row-major order. */
export interface FloatTensor {
  name: string;
  datatype: 'FP32';
  shape: readonly number[];
  data: Float32Array;
}

export type Tensor = TextTensor | FloatTensor;

/** Elements that a shape has. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** A body that is not what it says it is. */
export function malformedTensors(what: string): AppError {
  return new AppError(`The request is invalid: ${what}.`, { code: 'malformed_request', status: 400 });
}
