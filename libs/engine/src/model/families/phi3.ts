import { readRope } from '../rope/read-rope.js';
import type { Family } from './family.js';
import { readWindows } from './layer-types.js';
import { llamaTraits } from './llama.js';

/** Phi-3 and Phi-4-mini (https://arxiv.org/abs/2404.14219): fused projections, and a rotation of a part of each head. */
export const phi3: Family = {
  defaults: { rms_norm_eps: 1e-5, original_max_position_embeddings: 4096 },
  traits: (config, common) => ({
    ...llamaTraits(config, common, readRope(config, common, 'partial')),
    biases: { qkv: false, output: false, mlp: false },
    fusedProjections: true,
    windows: readWindows(config, common.layers, () => true),
  }),
};
