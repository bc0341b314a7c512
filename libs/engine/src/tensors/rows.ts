import { type NamedTensor, TENSOR_ARRAYS, type TensorData } from './tensor.js';

/** Inputs of several requests of one row as those of one pass: one row below the other. */
export function joinRows(requests: readonly (readonly NamedTensor[])[]): NamedTensor[] {
  if (requests.length === 1) return [...requests[0]];
  return requests[0].map(({ name, type, dims }) => {
    const parts = requests.map((inputs) => inputs.find((input) => input.name === name)!);
    return { name, type, dims: [requests.length, ...dims.slice(1)], data: joined(type, parts) };
  });
}

function joined(type: NamedTensor['type'], parts: readonly NamedTensor[]): TensorData {
  if (type === 'string') return parts.flatMap(({ data }) => data as string[]);
  const all = new TENSOR_ARRAYS[type](parts.reduce((sum, { data }) => sum + data.length, 0));
  let at = 0;
  for (const { data } of parts) {
    (all as Float32Array).set(data as Float32Array, at);
    at += data.length;
  }
  return all;
}

/**
 * The outputs of a pass, row by row, as copies.
 * @returns `undefined` where an output has another number of rows
 */
export function splitRows(outputs: readonly NamedTensor[], rows: number): NamedTensor[][] | undefined {
  if (outputs.some(({ dims }) => dims[0] !== rows)) return undefined;
  return Array.from({ length: rows }, (_, row) =>
    outputs.map(({ name, type, dims, data }) => {
      const size = data.length / rows;
      return { name, type, dims: [1, ...dims.slice(1)], data: data.slice(row * size, (row + 1) * size) as TensorData };
    }),
  );
}
