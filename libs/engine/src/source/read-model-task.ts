import type { EncoderFacts } from '../encoder/description/encoder-description.js';
import { readOnnxEncoder } from '../encoder/description/read-onnx-encoder.js';
import type { Dtype } from './onnx-place.js';
import type { OnnxSource } from './onnx-source.js';
import { openModelSource } from './open-model-source.js';

/** The work that a model is made for. */
type MadeFor = 'generate' | 'tensor' | EncoderFacts['task'];

/**
 * The work that a model is made for, by its files.
 * @throws `model_invalid` or `model_unsupported`, as loading it would
 */
export function readModelTask(path: string, dtype?: Dtype): MadeFor {
  const source = openModelSource(path, dtype);
  if (source.kind === 'decoder') return 'generate';
  if (source.kind === 'encoder') return source.readEncoder().facts.task;
  const task = source.readTask();
  return task === 'encode' ? readEncoderTask(source) : task;
}

function readEncoderTask(source: OnnxSource): EncoderFacts['task'] {
  const file = source.open();
  try {
    return readOnnxEncoder(file, source.place.folder, source.readConfig()).facts.task;
  } finally {
    file.close();
  }
}
