/** The smallest chunk that can always leave a rest of two tokens or more. */
export const MIN_CHUNK_TOKENS = 3;

export interface ChunkOptions {
  /** Tokens of a chunk at the beginning of a prompt. */
  chunkTokens: number;
  /** The past, in tokens, that makes a new token of a prompt cost twice as much. */
  attentionCrossoverTokens: number;
}

/** Tokens of a chunk after so much past: fewer the more there is, so that chunks take about equally long. */
export function chunkTokensAt(past: number, { chunkTokens, attentionCrossoverTokens }: ChunkOptions): number {
  return Math.max(MIN_CHUNK_TOKENS, Math.floor(chunkTokens / (1 + past / attentionCrossoverTokens)));
}

/**
 * The length of the next piece of a prompt. Pieces depend on the prompt's length alone, and none has one token unless
 * the prompt has: one-token passes round differently from longer ones, so either could make an output depend on its
 * neighbours.
 */
export function nextChunkTokens(promptTokens: number, prefilled: number, options: ChunkOptions): number {
  const left = promptTokens - prefilled;
  const chunk = chunkTokensAt(prefilled, options);
  if (left <= chunk) return left;
  return left === chunk + 1 ? chunk - 1 : chunk;
}
