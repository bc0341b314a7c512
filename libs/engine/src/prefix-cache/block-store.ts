/** The keys and values of a block, by name. */
interface Block {
  name: string;
  /** The name of the block before it; `undefined` for the first of a prompt. */
  parent: string | undefined;
  data: Float32Array;
}

/** The blocks of one owner, the one used least recently first. A block's successors were used no later than it was. */
type OwnedBlocks = Map<string, Block>;

/**
 * Keys and values of blocks within a number of bytes. Where there is no room for another one, the owner that would have most gives up the block
 * it used least recently: the last one of a prompt, since the ones before it are used whenever it is.
 */
export class BlockStore {
  private readonly owners = new Map<string, OwnedBlocks>();
  private readonly capacity: number;
  private count = 0;
  private evictionCount = 0;

  /** @param blockBytes the size of a block's keys and values */
  constructor(
    maxBytes: number,
    private readonly blockBytes: number,
  ) {
    this.capacity = Math.floor(maxBytes / blockBytes);
  }

  get bytes(): number {
    return this.count * this.blockBytes;
  }

  /** Blocks that were given up so far. */
  get evictions(): number {
    return this.evictionCount;
  }

  /** The number of blocks that are there before the first one that is missing. */
  countOf(owner: string, names: readonly string[]): number {
    const owned = this.owners.get(owner);
    if (!owned) return 0;
    const missing = names.findIndex((name) => !owned.has(name));
    return missing === -1 ? names.length : missing;
  }

  /** The data of a block that is there. */
  get(owner: string, name: string): Float32Array {
    return this.owners.get(owner)!.get(name)!.data;
  }

  /** Notes the use of blocks that follow each other and are there. */
  touch(owner: string, names: readonly string[]): void {
    const owned = this.owners.get(owner);
    for (const name of names.toReversed()) {
      const block = owned!.get(name)!;
      owned!.delete(name);
      owned!.set(name, block);
    }
  }

  /**
   * Adds the blocks of a prompt that are missing after those that are there, as far as there is room without giving up
   * others of the same prompt.
   * @param names of all blocks of the prompt so far
   * @param read writes the block of that index into an array, or makes one
   */
  add(owner: string, names: readonly string[], read: (index: number, into?: Float32Array) => Float32Array): void {
    const present = this.countOf(owner, names);
    if (present === names.length || this.capacity === 0) return;
    this.touch(owner, names.slice(0, present));
    const chain = new Set(names);
    let end = present;
    for (; end < names.length; end++) {
      const room = this.makeRoom(owner, chain);
      if (!room) break;
      const block = { name: names[end], parent: names[end - 1], data: read(end, room.data) };
      this.owned(owner).set(block.name, block);
      this.count++;
    }
    this.touch(owner, names.slice(0, end));
  }

  /** Throws if the state is inconsistent; for tests. */
  checkIntegrity(): void {
    let count = 0;
    const arrays = new Set<Float32Array>();
    for (const owned of this.owners.values()) {
      if (owned.size === 0) throw new Error('An owner of nothing is kept.');
      const older = new Set<string>();
      for (const [name, block] of owned) {
        count++;
        arrays.add(block.data);
        if (block.name !== name) throw new Error('A block is filed under another name.');
        if (block.parent !== undefined && !owned.has(block.parent)) throw new Error('A block has lost its parent.');
        if (block.parent !== undefined && older.has(block.parent))
          throw new Error('A parent would go before its child.');
        if (block.data.byteLength !== this.blockBytes) throw new Error('A block has another size.');
        older.add(name);
      }
    }
    if (count !== this.count) throw new Error('A block has leaked.');
    if (arrays.size !== count) throw new Error('Two blocks share their memory.');
    if (count > this.capacity) throw new Error('There are more blocks than there is room for.');
  }

  /** Room for a block: the memory of one that was given up, or none where there is room anyway; `undefined`: there is no room. */
  private makeRoom(forOwner: string, chain: ReadonlySet<string>): { data?: Float32Array } | undefined {
    if (this.count < this.capacity) return {};
    let largest: { owner: string; owned: OwnedBlocks; name: string; size: number } | undefined;
    for (const [owner, owned] of this.owners) {
      const size = owned.size + (owner === forOwner ? 1 : 0);
      if (largest && size <= largest.size) continue;
      const name = firstOutside(owned, chain);
      if (name !== undefined) largest = { owner, owned, name, size };
    }
    if (!largest) return undefined;
    const { owner, owned, name } = largest;
    const { data } = owned.get(name)!;
    owned.delete(name);
    if (owned.size === 0) this.owners.delete(owner);
    this.count--;
    this.evictionCount++;
    return { data };
  }

  private owned(owner: string): OwnedBlocks {
    let owned = this.owners.get(owner);
    if (!owned) this.owners.set(owner, (owned = new Map()));
    return owned;
  }
}

function firstOutside(owned: OwnedBlocks, chain: ReadonlySet<string>): string | undefined {
  for (const name of owned.keys()) if (!chain.has(name)) return name;
  return undefined;
}
