import type { Family } from './family.js';
import { llamaTraits } from './llama.js';

/** Granite 3 (https://github.com/ibm-granite/granite-3.0-language-models): Llama with four multipliers. */
export const granite: Family = {
  traits: (config, common) => ({
    ...llamaTraits(config, common),
    scoreScale: config.positive('attention_multiplier', 1),
    embeddingScale: config.positive('embedding_multiplier', 1),
    residualScale: config.positive('residual_multiplier', 1),
    logitScale: 1 / config.positive('logits_scaling', 1),
  }),
};
