import { messageOf } from '@frontier/errors';
import { modelUnsupported } from './engine.errors.js';

/** Makes an error of the runtime one that names the ONNX file, of which it had a graph that was made. */
export function refusing(file: string): (error: unknown) => never {
  return (error) => {
    throw modelUnsupported(`${file} cannot be served: ${messageOf(error)}`);
  };
}
