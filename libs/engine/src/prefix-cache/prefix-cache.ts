import { BLOCK_TOKENS } from '../sequence/prompt-blocks.js';
import type { Sequence } from '../sequence/sequence.js';
import type { PrefixCacheReport } from '../sequence/step-report.js';
import { BlockStore } from './block-store.js';

/**
 * Keys and values of the prompts of earlier sequences. A prompt that begins like one of them takes over the blocks that they share, and
 * gets the bits that it would compute: keys and values of a token depend on it and on the tokens before it alone, whatever pieces
 * they were computed in. Those that decode passes computed are others, and are not kept.
 */
export class PrefixCache {
  private readonly store: BlockStore;
  private queriedTokens = 0;
  private hitTokens = 0;

  /** @param blockBytes the size of the keys and values of {@link BLOCK_TOKENS} tokens */
  constructor(
    readonly maxBytes: number,
    blockBytes: number,
  ) {
    this.store = new BlockStore(maxBytes, blockBytes);
  }

  get report(): PrefixCacheReport {
    const { queriedTokens, hitTokens, store } = this;
    return { queriedTokens, hitTokens, bytes: store.bytes, evictedBlocks: store.evictions };
  }

  /** Tokens of a sequence's prompt that need not be computed: those in its slot, and those in blocks that follow and are here. */
  availableTokens({ prefilled, blocks, cacheOwner }: Sequence): number {
    if (prefilled % BLOCK_TOKENS !== 0) return prefilled;
    const following = blocks.names.slice(prefilled / BLOCK_TOKENS, blocks.reusable);
    return prefilled + BLOCK_TOKENS * this.store.countOf(cacheOwner, following);
  }

  /** The blocks from a sequence's present end to position `to`, which {@link availableTokens} has returned. */
  take({ prefilled, blocks, cacheOwner, promptTokens }: Sequence, to: number): Float32Array[] {
    if (prefilled === 0) this.queriedTokens += promptTokens.length;
    this.hitTokens += to - prefilled;
    const names = blocks.names.slice(0, to / BLOCK_TOKENS);
    const taken = names.slice(prefilled / BLOCK_TOKENS);
    const data = taken.map((name) => this.store.get(cacheOwner, name));
    if (taken.length > 0) this.store.touch(cacheOwner, names);
    return data;
  }

  /**
   * Keeps the whole blocks of a prompt as far as it is computed.
   * @param read copies the keys and values of a block that begins at a position, into an array where one is given
   */
  keep(
    { prefilled, blocks, cacheOwner }: Sequence,
    read: (position: number, into?: Float32Array) => Float32Array,
  ): void {
    const names = blocks.names.slice(0, Math.floor(prefilled / BLOCK_TOKENS));
    this.store.add(cacheOwner, names, (index, into) => read(index * BLOCK_TOKENS, into));
  }

  /** Throws if the state is inconsistent; for tests. */
  checkIntegrity(): void {
    this.store.checkIntegrity();
  }
}
