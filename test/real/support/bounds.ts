import type { Precision } from '@frontier/engine';

/** Precisions that a GGUF file is tested in; `int8` is the default, `int4` takes the file's own bits. */
export const PRECISIONS = ['fp32', 'int8', 'int4'] as const satisfies Precision[];

/**
 * Largest differences of the 50 most likely logits from those of transformers, which computes with the same weights in float32: the order
 * of float32 sums in fp32; rounded activations in int4, whose weights are the file's; rounded weights besides in int8.
 */
export const MAX_LOGIT_ERROR: Record<Precision, number> = { fp32: 0.002, int4: 0.75, int8: 2 };

/** What the best two tokens of llama.cpp differ by at most where int8 takes another one: the largest of 400 tokens was 0.88. */
export const NEAR_TIE = 1.5;
