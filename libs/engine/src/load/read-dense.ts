import { DenseLayer } from '../encoder/chain/dense-layer.js';
import type { DenseModule } from '../encoder/description/encoder-description.js';
import { SafetensorsWeights } from '../model/safetensors-weights.js';

/**
 * Reads the layer of a module behind the pooling.
 * @throws `model_invalid`, `model_unsupported` naming the tensor
 */
export function readDense({ folder, inputSize, outputSize, isBiased, activation }: DenseModule): DenseLayer {
  const weights = SafetensorsWeights.open(folder);
  try {
    const weight = weights.read('linear.weight', [outputSize, inputSize]).slice();
    const bias = isBiased ? weights.read('linear.bias', [outputSize]).slice() : undefined;
    weights.assertAllRead();
    return new DenseLayer(weight, bias, inputSize, activation);
  } finally {
    weights.close();
  }
}
