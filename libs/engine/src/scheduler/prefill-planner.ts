import type { PrefixCache } from '../prefix-cache/prefix-cache.js';
import type { Sequence } from '../sequence/sequence.js';
import { type ChunkOptions, chunkTokensAt, MIN_CHUNK_TOKENS, nextChunkTokens } from './prefill-chunks.js';
import type { PrefillStep } from './step.js';

/** Tokens, in whole blocks, that are copied from the prefix cache between two rounds of decoding at most: no more than a chunk takes. */
const MAX_COPIED_TOKENS = 2048;

/** Cuts prompts into steps. */
export class PrefillPlanner {
  /** @param prefixCache keys and values of earlier prompts; none where there is no cache */
  constructor(
    private readonly chunks: ChunkOptions,
    private readonly prefixCache: Pick<PrefixCache, 'availableTokens'> | undefined,
  ) {
    if (chunks.chunkTokens < MIN_CHUNK_TOKENS) {
      throw new RangeError(`Chunks must have at least ${MIN_CHUNK_TOKENS} tokens.`);
    }
  }

  /**
   * The next step of a sequence whose prompt is not complete.
   * @param isIdle true if nobody decodes
   */
  next(sequence: Sequence, isIdle: boolean): PrefillStep {
    const { prefilled, promptTokens, params } = sequence;
    // Log probabilities of a prompt need all of its logits: none comes from a cache, and a piece has no more than a chunk's in memory.
    const isRead = params.promptLogprobs !== undefined;
    const available = isRead ? prefilled : (this.prefixCache?.availableTokens(sequence) ?? prefilled);
    const from = isIdle ? available : Math.min(available, prefilled + MAX_COPIED_TOKENS);
    const tokens = from < available ? 0 : nextChunkTokens(promptTokens.length, from, this.chunks, isIdle && !isRead);
    return { kind: 'prefill', sequence, from, to: from + tokens };
  }

  /** The part of the time between two rounds of decoding that a step takes. */
  shareOf({ from, to }: PrefillStep): number {
    return from === to ? 1 : (to - from) / chunkTokensAt(from, this.chunks);
  }
}
