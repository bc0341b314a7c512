import type { ByteMatcher } from './byte-matcher.js';

/** Which tokens a matcher takes whole and, of those that are longer than what it recognises, where it leaves them. */
export interface Walk {
  /** One bit for each token. */
  mask: Uint32Array;
  /** Nodes at which the matcher may end, and below which there are longer tokens. */
  ends: number[];
}

/**
 * The tokens of a vocabulary by their bytes: a tree in which each node is a byte, its nodes in the order of a walk from the
 * root down, so that a walk is a loop over arrays and what is refused is one jump.
 */
export class TokenTrie {
  /** Words of 32 bits that a mask has. */
  readonly maskWords: number;
  private readonly bytes: Uint8Array;
  private readonly depths: Uint16Array;
  /** The node behind all that are below. */
  private readonly nexts: Int32Array;
  /** The token that ends here, or -1. */
  private readonly tokens: Int32Array;
  /** Further tokens with the same bytes. */
  private readonly alike = new Map<number, number[]>();
  private readonly states: unknown[] = [];

  /** @param bytesOf what a token stands for; tokens without bytes are in no walk */
  constructor(
    readonly vocabSize: number,
    bytesOf: (token: number) => Uint8Array | undefined,
  ) {
    this.maskWords = Math.ceil(vocabSize / 32);
    // As texts of one character a byte, which compare five times as fast as bytes.
    const entries: { token: number; bytes: Uint8Array; text: string }[] = [];
    for (let token = 0; token < vocabSize; token++) {
      const bytes = bytesOf(token);
      if (bytes && bytes.length > 0) entries.push({ token, bytes, text: Buffer.from(bytes).toString('latin1') });
    }
    entries.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    const most = entries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const [bytes, depths, tokens] = [new Uint8Array(most), new Uint16Array(most), new Int32Array(most).fill(-1)];
    let size = 0;
    let previous: Uint8Array = new Uint8Array();
    for (const entry of entries) {
      const shared = commonPrefix(previous, entry.bytes);
      for (let i = shared; i < entry.bytes.length; i++) {
        bytes[size] = entry.bytes[i];
        depths[size++] = i + 1;
      }
      if (shared < entry.bytes.length) tokens[size - 1] = entry.token;
      else this.alike.set(tokens[size - 1], [...(this.alike.get(tokens[size - 1]) ?? []), entry.token]);
      previous = entry.bytes;
    }
    this.bytes = bytes.slice(0, size);
    this.depths = depths.slice(0, size);
    this.tokens = tokens.slice(0, size);
    this.nexts = subtreeEnds(this.depths);
  }

  /** Walks down all tokens with a matcher that is in a state. */
  walk<State>(matcher: ByteMatcher<State>, state: State): Walk {
    const walk: Walk = { mask: new Uint32Array(this.maskWords), ends: [] };
    this.descend(matcher, state, 0, this.bytes.length, 0, walk);
    return walk;
  }

  /** Goes on below a node where another matcher ended; adds the tokens that it takes to a mask. */
  walkBelow<State>(node: number, matcher: ByteMatcher<State>, state: State, mask: Uint32Array): void {
    this.descend(matcher, state, node + 1, this.nexts[node], this.depths[node], { mask, ends: [] });
  }

  private descend<State>(
    matcher: ByteMatcher<State>,
    state: State,
    from: number,
    to: number,
    depth: number,
    { mask, ends }: Walk,
  ): void {
    const { bytes, depths, nexts, tokens } = this;
    const states = this.states as State[];
    states[depth] = state;
    for (let node = from; node < to;) {
      const at = depths[node];
      const next = matcher.next(states[at - 1], bytes[node]);
      if (next === undefined) {
        node = nexts[node];
        continue;
      }
      states[at] = next;
      const token = tokens[node];
      if (token >= 0) this.allow(mask, token);
      const hasLonger = nexts[node] > node + 1;
      if (hasLonger && matcher.accepts(next)) ends.push(node);
      node = hasLonger && !matcher.continues(next) ? nexts[node] : node + 1;
    }
  }

  private allow(mask: Uint32Array, token: number): void {
    mask[token >>> 5] |= 1 << (token & 31);
    if (this.alike.size === 0) return;
    for (const other of this.alike.get(token) ?? []) mask[other >>> 5] |= 1 << (other & 31);
  }
}

function commonPrefix(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

/** For each node, the first one after it that is not below it. */
function subtreeEnds(depths: Uint16Array): Int32Array {
  const ends = new Int32Array(depths.length);
  const open: number[] = [];
  for (let node = 0; node < depths.length; node++) {
    while (open.length > 0 && depths[open.at(-1)!] >= depths[node]) ends[open.pop()!] = node;
    open.push(node);
  }
  for (const node of open) ends[node] = depths.length;
  return ends;
}
