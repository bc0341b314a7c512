import { assertModelFolder } from '../model/model-folder.js';
import { HuggingFaceSource } from './hugging-face-source.js';
import type { ModelSource } from './model-source.js';

/**
 * The model at a path.
 * @throws `model_invalid` where there is none, `model_unsupported` for formats that are not served
 */
export function openModelSource(path: string): ModelSource {
  assertModelFolder(path);
  return new HuggingFaceSource(path);
}
