import { hash } from 'node:crypto';

/** Tokens of a block. */
export const BLOCK_TOKENS = 16;

/** A piece ends with two tokens at least: a pass of one rounds differently. */
const MIN_LAST_TOKENS = 2;

const NAME_BYTES = 32;

/**
 * The whole blocks of a prompt by name. A name is a SHA-256 over the name before it and the block's tokens, so that two
 * blocks have the same one only where everything up to their ends is the same; it cannot be guessed, nor made to match.
 */
export class PromptBlocks {
  private list: string[] | undefined;

  /** @param root everything beside the tokens that keys and values depend on, and who may share them */
  constructor(
    private readonly root: readonly string[],
    private readonly tokens: Int32Array,
  ) {}

  /** The names of the whole blocks, in order. */
  get names(): readonly string[] {
    return (this.list ??= this.nameAll());
  }

  /** Blocks that may come from a cache: the pass after them has tokens left. */
  get reusable(): number {
    return Math.max(0, Math.floor((this.tokens.length - MIN_LAST_TOKENS) / BLOCK_TOKENS));
  }

  private nameAll(): string[] {
    const { tokens } = this;
    const names: string[] = [];
    const input = Buffer.alloc(NAME_BYTES + BLOCK_TOKENS * Int32Array.BYTES_PER_ELEMENT);
    let name = hash('sha256', JSON.stringify(this.root), 'latin1');
    for (let begin = 0; begin + BLOCK_TOKENS <= tokens.length; begin += BLOCK_TOKENS) {
      input.write(name, 'latin1');
      for (let i = 0; i < BLOCK_TOKENS; i++) input.writeInt32LE(tokens[begin + i], NAME_BYTES + 4 * i);
      name = hash('sha256', input, 'latin1');
      names.push(name);
    }
    return names;
  }
}
