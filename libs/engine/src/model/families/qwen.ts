import type { ConfigReader } from '../config-reader.js';
import type { CommonConfig, Family, FamilyTraits } from './family.js';
import { readWindows } from './layer-types.js';
import { everyLayer, llamaTraits } from './llama.js';

/** Qwen2 and 2.5 (https://arxiv.org/abs/2407.10671): biases of queries, keys and values. */
export const qwen2: Family = {
  traits: (config, common) => ({
    ...llamaTraits(config, common),
    biases: { qkv: true, output: false, mlp: false },
    windows: lateWindows(config, common),
  }),
};

/** Qwen3 (https://arxiv.org/abs/2505.09388): queries and keys are normalised by head. */
export const qwen3: Family = {
  traits: (config, common) => ({
    ...llamaTraits(config, common),
    queryKeyNorm: 'head',
    windows: lateWindows(config, common),
  }),
};

function lateWindows(config: ConfigReader, common: CommonConfig): FamilyTraits['windows'] {
  if (!config.flag('use_sliding_window')) return everyLayer(common, undefined);
  return readWindows(config, common.layers, (layer) => layer >= config.size('max_window_layers', 28));
}
