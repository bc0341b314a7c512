import { AppError } from '@frontier/errors';
import type { NamedTensor, TensorSignature } from './tensor.js';

/**
 * Proves that tensors are the inputs of a model: their names, types and shapes. Names of dimensions bind nothing: exporters call different ones `?`.
 * @param outputs names of wanted outputs; default: all
 * @throws `malformed_request` naming the tensor
 */
export function assertInputs(
  { inputs: specs, outputs: known }: TensorSignature,
  inputs: readonly NamedTensor[],
  outputs: readonly string[] = [],
): void {
  const names = specs.map(({ name }) => name);
  for (const name of names) {
    if (!inputs.some((input) => input.name === name))
      throw malformed(`there is no input "${name}": it takes ${names.join(' and ')}`);
  }
  for (const { name, type, dims, data } of inputs) {
    const spec = specs.find((each) => each.name === name);
    if (!spec) throw malformed(`the model has no input "${name}": it takes ${names.join(' and ')}`);
    if (type !== spec.type) throw malformed(`"${name}" must be of the type ${spec.type}`);
    const fits =
      dims.length === spec.dims.length && spec.dims.every((size, i) => typeof size === 'string' || size === dims[i]);
    if (!fits)
      throw malformed(
        `"${name}" must have the shape [${spec.dims.map((size) => (typeof size === 'string' ? -1 : size)).join(', ')}]`,
      );
    if (dims.includes(0)) throw malformed(`"${name}" has no element`);
    const count = dims.reduce((product, size) => product * size, 1);
    if (data.length !== count)
      throw malformed(`the shape of "${name}" has ${count} elements, and its data ${data.length}`);
  }
  const wrong = outputs.find((name) => !known.some((output) => output.name === name));
  if (wrong !== undefined) {
    throw malformed(`there is no output "${wrong}": there are ${known.map(({ name }) => name).join(', ')}`);
  }
}

/** A tensor that is not one of the model's. */
function malformed(what: string): AppError {
  return new AppError(`The request is invalid: ${what}.`, { code: 'malformed_request', status: 400 });
}
