import type { PrefixCache } from '../prefix-cache/prefix-cache.js';
import type { Sequence } from '../sequence/sequence.js';
import { type ChunkOptions, chunksOf, MIN_CHUNK_TOKENS, nextPieceTokens } from './prefill-chunks.js';
import type { PrefillStep } from './step.js';

/** Tokens, in whole blocks, that are copied from the prefix cache between two rounds of decoding at most: no more than a chunk takes. */
const MAX_COPIED_TOKENS = 2048;

/** The part of a chunk that is worth a pass which does not complete a piece. */
const LEAST_ROOM = 1 / 4;

/** Shares of a chunk are sums of fractions. */
const ROUNDING = 1e-9;

/** Cuts prompts into pieces, and these into steps. */
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
   * @param room the part of a chunk that it may take: 1, or what other steps have left of it; `undefined` while nobody decodes
   * @returns `undefined` where there is not enough room
   */
  next(sequence: Sequence, room: number | undefined): PrefillStep | undefined {
    const { from, to } = this.piece(sequence, room === undefined);
    const all = this.chunks.stages;
    const first = sequence.piece?.stages ?? 0;
    const step = (stages: number): PrefillStep => ({
      kind: 'prefill',
      sequence,
      from,
      to,
      stages: { from: first, to: first + stages, all },
    });
    const left = all - first;
    if (room === undefined || from === to) return room === undefined || room === 1 ? step(left) : undefined;
    const fitting = Math.floor((all * room) / chunksOf(to - from, from, this.chunks) + ROUNDING);
    if (fitting >= left) return step(left);
    if (room === 1) return step(Math.max(1, fitting));
    return room >= LEAST_ROOM && fitting > 0 ? step(fitting) : undefined;
  }

  /** The part of a chunk that a step takes. */
  shareOf({ from, to, stages }: PrefillStep): number {
    return from === to ? 1 : (chunksOf(to - from, from, this.chunks) * (stages.to - stages.from)) / stages.all;
  }

  /** The tokens of the piece that is being computed, or of the next one. */
  private piece(sequence: Sequence, isIdle: boolean): { from: number; to: number } {
    const { prefilled, promptTokens, params, piece } = sequence;
    if (piece) return { from: prefilled, to: piece.to };
    // Log probabilities of a prompt need all of its logits: none comes from a cache, and a piece has no more than a chunk's in memory.
    const isRead = params.promptLogprobs !== undefined;
    const available = isRead ? prefilled : (this.prefixCache?.availableTokens(sequence) ?? prefilled);
    const from = isIdle ? available : Math.min(available, prefilled + MAX_COPIED_TOKENS);
    if (from < available) return { from, to: from };
    const kind = isRead ? 'whole' : isIdle ? 'idle' : 'busy';
    return { from, to: from + nextPieceTokens(promptTokens.length, from, this.chunks, kind) };
  }
}
