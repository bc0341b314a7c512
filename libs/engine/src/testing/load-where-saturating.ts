import { loadModelOn } from '../load/load-model.js';
import type { LoadedModel } from '../load/loaded-model.js';
import type { ModelOptions } from '../load/model-options.js';

/**
 * Loads a model as on a processor without exact 8-bit products (AVX2 without VNNI, arm64 without dot products): int8 weights take
 * 64 steps instead of 127. Its products are exact on other processors too.
 */
export function loadWhereSaturating(options: ModelOptions): Promise<LoadedModel> {
  return loadModelOn({ int8DotSaturates: async () => Promise.resolve(true) }, options);
}
