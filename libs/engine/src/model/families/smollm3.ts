import { modelInvalid } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../config-reader.js';
import type { Family } from './family.js';
import { readWindows } from './layer-types.js';
import { everyLayer, llamaTraits } from './llama.js';

/** SmolLM3 (https://huggingface.co/blog/smollm3): some layers rotate nothing. */
export const smolLm3: Family = {
  defaults: { rope_theta: 2_000_000, tie_word_embeddings: true },
  traits: (config, common) => {
    const llama = llamaTraits(config, common);
    const rotates = readRotatingLayers(config, common.layers);
    return {
      ...llama,
      ropes: llama.ropes.map((rope, layer) => (rotates[layer] ? rope : undefined)),
      windows: config.flag('use_sliding_window')
        ? readWindows(config, common.layers, (layer) => !rotates[layer])
        : everyLayer(common, undefined),
    };
  },
};

/** `no_rope_layers` has a 1 for each layer that rotates, in spite of its name; without it, each fourth does not. */
function readRotatingLayers(config: ConfigReader, layers: number): boolean[] {
  const given = config.value('no_rope_layers');
  if (given === undefined) {
    const interval = config.size('no_rope_layer_interval', 4);
    return Array.from({ length: layers }, (_, layer) => (layer + 1) % interval !== 0);
  }
  if (Array.isArray(given) && given.length === layers && given.every((entry) => entry === 0 || entry === 1)) {
    return given.map((entry) => entry === 1);
  }
  throw modelInvalid(`${config.path}: "no_rope_layers" must list 0 or 1 for each of the ${layers} layers.`);
}
