import { noiseAt } from '../passes/proven-sizes.js';
import { type NamedTensor, TENSOR_ARRAYS, type TensorData, type TensorSpec } from './tensor.js';

/**
 * Inputs of one row of noise: fractions from -1 to 1; whole numbers from 0 up to a bound, since they may be places or lengths.
 * @param dims of each input by its name, without the row
 */
export function noiseRow(
  inputs: readonly TensorSpec[],
  dims: ReadonlyMap<string, readonly number[]>,
  seed: number,
  bound: number,
): NamedTensor[] {
  return inputs.map(({ name, type }, input) => {
    const shape = [1, ...(dims.get(name) ?? [])];
    const size = shape.reduce((product, length) => product * length, 1);
    const next = (i: number): number => noiseAt(seed, i * inputs.length + input);
    return { name, type, dims: shape, data: noise(type, size, bound, next) };
  });
}

function noise(type: NamedTensor['type'], size: number, bound: number, next: (i: number) => number): TensorData {
  if (type === 'string') return Array.from({ length: size }, (_, i) => `text ${Math.floor(next(i) * bound)}`);
  const data = new TENSOR_ARRAYS[type](size);
  const most =
    type === 'bool' ? 1 : type === 'int8' ? Math.min(bound, 127) : type === 'uint8' ? Math.min(bound, 255) : bound;
  for (let i = 0; i < size; i++) {
    const value = next(i);
    if (type === 'float16') data[i] = 0x3800 + Math.floor(value * 0x400);
    else if (type === 'float32' || type === 'float64') data[i] = 2 * value - 1;
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array)
      data[i] = BigInt(Math.floor(value * (most + 1)));
    else data[i] = Math.floor(value * (most + 1));
  }
  return data;
}
