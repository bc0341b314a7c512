/** The smallest chunk that can always leave a rest of two tokens or more. */
export const MIN_CHUNK_TOKENS = 3;

/** Rows that ONNX Runtime's products with 4-bit weights compute at once. */
const PRODUCT_ROWS = 128;

/** Chunks that a piece has about as many tokens as beside decoding sequences, where it can be divided among several rounds. */
const BUSY_CHUNKS = 4;
/** Chunks that a piece of a prompt may have while nobody decodes, and no gap between two tokens can grow. */
const IDLE_CHUNKS = 8;
/** Tokens of such a piece at most, unless a chunk has more: attention keeps a score for each of them and each token before. */
const MAX_IDLE_TOKENS = 512;

/** Such a piece stays long after a long past as long as attention keeps no more scores for each head: 4 MB. */
const MAX_IDLE_SCORES = 2 ** 20;

export interface ChunkOptions {
  /** Tokens of a chunk at the beginning of a prompt: what may be computed between two rounds of decoding. */
  chunkTokens: number;
  /** Tokens of a piece there while nobody decodes. */
  idleChunkTokens: number;
  /** The past, in tokens, that makes a new token of a prompt cost twice as much. */
  attentionCrossoverTokens: number;
  /** Prompts of so many tokens at most round otherwise than longer ones: no piece of a longer one ends among them. */
  shortPromptTokens: number;
  /** Stages that a piece can be divided into; 1 where it cannot be. */
  stages: number;
}

/** What a piece must keep to: `idle`, to nobody who decodes; `busy`, to chunks of some stages; `whole`, to one chunk in all. */
export type PieceKind = 'idle' | 'busy' | 'whole';

/** Tokens of a piece at the beginning of a prompt while nobody decodes. */
export function idleChunkOf(chunkTokens: number): number {
  return Math.max(chunkTokens, Math.min(IDLE_CHUNKS * chunkTokens, MAX_IDLE_TOKENS));
}

/** Chunks that a piece of so many tokens after so much past takes. */
export function chunksOf(tokens: number, past: number, options: ChunkOptions): number {
  return tokens / chunkTokensAt(past, options);
}

/**
 * Tokens of the longest piece after so much past: fewer the more there is, so that chunks take about equally long. Beside decoding sequences some
 * stages of it take just a chunk, so that none of the time of a round is left. While nobody decodes it has half of its tokens at least, within a
 * bound of memory: most of the time of a short one after a long past is that of copying the past.
 */
export function pieceTokensAt(past: number, options: ChunkOptions, kind: PieceKind): number {
  const { chunkTokens, idleChunkTokens, stages } = options;
  const chunk = chunkTokensAt(past, options);
  const share = chunk / chunkTokens;
  const least = Math.floor(Math.min(idleChunkTokens / 2, MAX_IDLE_SCORES / past));
  const stagesOfChunk = Math.max(1, Math.round((stages * share) / BUSY_CHUNKS));
  const tokens = {
    whole: chunk,
    busy: (chunk * stages) / stagesOfChunk,
    idle: idleChunkTokens > chunkTokens ? Math.max(least, idleChunkTokens * share) : chunk,
  }[kind];
  return Math.max(MIN_CHUNK_TOKENS, Math.floor(tokens));
}

/**
 * The length of the next piece of a prompt. The keys and values of a token are the same bits in any pieces, as long as none has
 * a row that is computed alone, by a kernel that rounds differently: a piece of one token, or one token more than whole
 * {@link PRODUCT_ROWS}. So what a prompt gives depends neither on who else runs nor on what is in a cache. A prompt of one token is such a piece.
 */
export function nextPieceTokens(
  promptTokens: number,
  prefilled: number,
  options: ChunkOptions,
  kind: PieceKind,
): number {
  const left = promptTokens - prefilled;
  let tokens = Math.min(left, pieceTokensAt(prefilled, options, kind));
  while (tokens > 2 && (tokens % PRODUCT_ROWS === 1 || left - tokens === 1)) tokens--;
  const leastTokens = promptTokens > options.shortPromptTokens ? options.shortPromptTokens + 1 - prefilled : 0;
  if (tokens >= leastTokens) return tokens;
  tokens = Math.max(2, leastTokens);
  return left - tokens === 1 ? left : tokens;
}

function chunkTokensAt(past: number, { chunkTokens, attentionCrossoverTokens }: ChunkOptions): number {
  return chunkTokens / (1 + past / attentionCrossoverTokens);
}
