import { type NamedTensor, TENSOR_ARRAYS, type TensorData } from './tensor.js';

/** Inputs of several requests as those of one pass: their rows one below the other. */
export function joinRows(requests: readonly (readonly NamedTensor[])[]): NamedTensor[] {
  if (requests.length === 1) return [...requests[0]];
  return requests[0].map(({ name, type, dims }) => {
    const parts = requests.map((inputs) => inputs.find((input) => input.name === name)!);
    const rows = parts.reduce((sum, part) => sum + part.dims[0], 0);
    return { name, type, dims: [rows, ...dims.slice(1)], data: joined(type, parts) };
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
 * The outputs of a pass, request by request, as copies.
 * @param rows of each request
 * @returns `undefined` where an output has not as many rows as they have together
 */
export function splitRows(outputs: readonly NamedTensor[], rows: readonly number[]): NamedTensor[][] | undefined {
  const total = rows.reduce((sum, count) => sum + count, 0);
  if (outputs.some(({ dims }) => dims[0] !== total)) return undefined;
  let at = 0;
  return rows.map((count) => {
    const from = at;
    at += count;
    return outputs.map(({ name, type, dims, data }) => {
      const size = data.length / total;
      return { name, type, dims: [count, ...dims.slice(1)], data: data.slice(from * size, at * size) as TensorData };
    });
  });
}
