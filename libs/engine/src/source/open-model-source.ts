import { modelInvalid } from '../errors/engine.errors.js';
import { assertModelFolder, ggufModelsIn, isGgufFile } from '../model/model-folder.js';
import { isEncoderFolder } from '../encoder/description/read-encoder.js';
import { EncoderFolder } from './encoder-folder.js';
import { GgufSource } from './gguf-source.js';
import { HuggingFaceSource } from './hugging-face-source.js';
import type { ModelSource } from './model-source.js';

/**
 * The model at a path: a GGUF file, a folder of a decoder or an encoder in the Hugging Face layout, or a folder that holds one model in GGUF and no `config.json`.
 * @throws `model_invalid` where there is none, or several, `model_unsupported` for formats that are not served
 */
export function openModelSource(path: string): ModelSource {
  if (isGgufFile(path)) return new GgufSource(path);
  assertModelFolder(path);
  const [found, ...others] = ggufModelsIn(path);
  if (others.length > 0) {
    throw modelInvalid(
      `${path} holds several models: ${[found, ...others].map((name) => name.slice(path.length + 1)).join(', ')}. Name one of them in "path".`,
    );
  }
  if (found !== undefined) return new GgufSource(found);
  return isEncoderFolder(path) ? new EncoderFolder(path) : new HuggingFaceSource(path);
}
