/** Parts of a multimodal model that its text model does not read. */
const OTHER_TOWERS = /^(model\.)?(vision_tower|multi_modal_projector)\./;

/**
 * The name that a tensor of a multimodal model has in its text model alone: `model.embed_tokens.weight` for
 * `language_model.model.embed_tokens.weight` (transformers 4) and `model.language_model.embed_tokens.weight` (transformers 5).
 * Other names are returned as they are.
 * @returns `undefined` for a tensor of another tower
 */
export function textTensorName(stored: string): string | undefined {
  if (OTHER_TOWERS.test(stored)) return undefined;
  return stored.replace(/^language_model\.(model|lm_head)\./, '$1.').replace(/^model\.language_model\./, 'model.');
}

/**
 * The name that a tensor of a decoder without output projection has in the whole model: `model.embed_tokens.weight` for
 * `embed_tokens.weight`, else as {@link textTensorName}.
 */
export function headlessTensorName(stored: string): string | undefined {
  return textTensorName(stored)?.replace(/^(?=(embed_tokens|layers|norm)\.)/, 'model.');
}
