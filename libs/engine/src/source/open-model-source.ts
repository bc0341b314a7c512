import { modelInvalid } from '../errors/engine.errors.js';
import { assertModelFolder, ggufModelsIn, hasSafetensors, isGgufFile } from '../model/model-folder.js';
import { isEncoderFolder } from '../encoder/description/read-encoder.js';
import { EncoderFolder } from './encoder-folder.js';
import { GgufSource } from './gguf-source.js';
import { HuggingFaceSource } from './hugging-face-source.js';
import type { ModelSource } from './model-source.js';
import { type Dtype, isOnnxFile, placeInFolder, placeOfFile } from './onnx-place.js';
import { OnnxSource } from './onnx-source.js';

/**
 * The model at a path: a GGUF or ONNX file, a folder of a decoder or an encoder in the Hugging Face layout, with safetensors or ONNX files, or
 * a folder that holds one model in GGUF and no `config.json`.
 * @param dtype the variant of ONNX files, which is taken then also where there are safetensors
 * @throws `model_invalid` where there is none, or several, `model_unsupported` for formats that are not served
 */
export function openModelSource(path: string, dtype?: Dtype): ModelSource {
  if (isGgufFile(path)) return new GgufSource(path);
  if (isOnnxFile(path)) return new OnnxSource(placeOfFile(path));
  assertModelFolder(path);
  const [found, ...others] = ggufModelsIn(path);
  if (others.length > 0) {
    throw modelInvalid(
      `${path} holds several models: ${[found, ...others].map((name) => name.slice(path.length + 1)).join(', ')}. Name one of them in "path".`,
    );
  }
  if (found !== undefined) return new GgufSource(found);
  const place = dtype !== undefined || !hasSafetensors(path) ? placeInFolder(path, dtype) : undefined;
  if (place) return new OnnxSource(place);
  return isEncoderFolder(path) ? new EncoderFolder(path) : new HuggingFaceSource(path);
}
