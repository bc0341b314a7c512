/** The tensors of the embedding, of the last normalisation, and of the output projection where that has one of its own. */
export const EMBEDDING = 'model.embed_tokens.weight';
export const FINAL_NORM = 'model.norm.weight';
export const HEAD = 'lm_head.weight';
