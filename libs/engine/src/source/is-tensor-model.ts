import { isAppError } from '@frontier/errors';
import type { Dtype } from './onnx-place.js';
import { openModelSource } from './open-model-source.js';

/** True if a path leads to an ONNX file without a tokenizer, which takes tensors, and no texts; false also where it leads to nothing. */
export function isTensorModel(path: string, dtype?: Dtype): boolean {
  try {
    const source = openModelSource(path, dtype);
    return source.kind === 'onnx' && !source.hasText;
  } catch (error) {
    if (isAppError(error)) return false;
    throw error;
  }
}
