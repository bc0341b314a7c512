/** The smallest chunk that can always leave a rest of two tokens or more. */
export const MIN_CHUNK_TOKENS = 3;

/** Rows that ONNX Runtime's products with 4-bit weights compute at once. */
const PRODUCT_ROWS = 128;

/** Chunks that a piece of a prompt may have while nobody decodes, and no gap between two tokens can grow. */
const IDLE_CHUNKS = 8;
/** Tokens of such a piece at most, unless a chunk has more: attention keeps a score for each of them and each token before. */
const MAX_IDLE_TOKENS = 512;

/** Such a piece stays long after a long past as long as attention keeps no more scores for each head: 4 MB. */
const MAX_IDLE_SCORES = 2 ** 20;

export interface ChunkOptions {
  /** Tokens of a chunk at the beginning of a prompt. */
  chunkTokens: number;
  /** The same while nobody decodes. */
  idleChunkTokens: number;
  /** The past, in tokens, that makes a new token of a prompt cost twice as much. */
  attentionCrossoverTokens: number;
  /** Prompts of so many tokens at most round otherwise than longer ones: no piece of a longer one ends among them. */
  shortPromptTokens: number;
}

/** Tokens of a piece at the beginning of a prompt while nobody decodes. */
export function idleChunkOf(chunkTokens: number): number {
  return Math.max(chunkTokens, Math.min(IDLE_CHUNKS * chunkTokens, MAX_IDLE_TOKENS));
}

/**
 * Tokens of a chunk after so much past: fewer the more there is, so that chunks take about equally long. While nobody decodes they have half
 * of their tokens at least, within a bound of memory: most of the time of a short one after a long past is that of copying the past.
 * @param isIdle true if nobody decodes
 */
export function chunkTokensAt(
  past: number,
  { chunkTokens, idleChunkTokens, attentionCrossoverTokens }: Omit<ChunkOptions, 'shortPromptTokens'>,
  isIdle = false,
): number {
  const tokens = isIdle ? idleChunkTokens : chunkTokens;
  const least = tokens > chunkTokens ? Math.floor(Math.min(tokens / 2, MAX_IDLE_SCORES / past)) : 0;
  return Math.max(MIN_CHUNK_TOKENS, least, Math.floor(tokens / (1 + past / attentionCrossoverTokens)));
}

/**
 * The length of the next piece of a prompt. The keys and values of a token are the same bits in any pieces, as long as none has
 * a row that is computed alone, by a kernel that rounds differently: a piece of one token, or one token more than whole
 * {@link PRODUCT_ROWS}. So what a prompt gives depends neither on who else runs nor on what is in a cache. A prompt of one token is such a piece.
 */
export function nextChunkTokens(
  promptTokens: number,
  prefilled: number,
  options: ChunkOptions,
  isIdle: boolean,
): number {
  const left = promptTokens - prefilled;
  let tokens = Math.min(left, chunkTokensAt(prefilled, options, isIdle));
  while (tokens > 2 && (tokens % PRODUCT_ROWS === 1 || left - tokens === 1)) tokens--;
  const leastTokens = promptTokens > options.shortPromptTokens ? options.shortPromptTokens + 1 - prefilled : 0;
  if (tokens >= leastTokens) return tokens;
  tokens = Math.max(2, leastTokens);
  return left - tokens === 1 ? left : tokens;
}
