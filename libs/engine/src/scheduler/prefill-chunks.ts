/**
 * The length of the next piece of a prompt. Pieces depend on the prompt's length alone, and none has one token unless
 * the prompt has: one-token passes round differently from longer ones, so either would make an answer depend on its
 * neighbours.
 */
export function nextChunkTokens(promptTokens: number, prefilled: number, chunkTokens: number): number {
  const left = promptTokens - prefilled;
  if (left <= chunkTokens) return left;
  return left === chunkTokens + 1 ? chunkTokens - 1 : chunkTokens;
}

/** The smallest chunk that can always leave a rest of two tokens or more. */
export const MIN_CHUNK_TOKENS = 3;
