import { describe, expect, it } from 'vitest';
import { textTensorName } from './text-tensors.js';

describe(textTensorName, () => {
  it.each([
    ['language_model.model.layers.0.mlp.up_proj.weight', 'model.layers.0.mlp.up_proj.weight'],
    ['model.language_model.layers.0.mlp.up_proj.weight', 'model.layers.0.mlp.up_proj.weight'],
    ['language_model.lm_head.weight', 'lm_head.weight'],
    ['model.layers.0.mlp.up_proj.weight', 'model.layers.0.mlp.up_proj.weight'],
    ['lm_head.weight', 'lm_head.weight'],
    ['vision_tower.vision_model.embeddings.patch_embedding.weight', undefined],
    ['model.vision_tower.post_layernorm.weight', undefined],
    ['multi_modal_projector.mm_input_projection_weight', undefined],
  ])('reads %s as %s', (stored, name) => {
    expect(textTensorName(stored)).toBe(name);
  });
});
