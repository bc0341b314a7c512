import type { ByteMatcher } from '../matchers/byte-matcher.js';
import type { Configuration } from '../machine/configuration.js';
import type { Grammar } from '../machine/grammar.js';

/** A node at which a matcher may end, in a state, and below which there are longer tokens. */
interface WalkEnd<State> {
  node: number;
  state: State;
}

/** Takes a token that a matcher takes whole, and its state behind it. */
type TokenVisitor<State> = (token: number, state: State) => void;

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
  /** By depth, on the way to the node that a walk is at: the states, and the nodes at which the matcher may end, or -1. */
  private readonly states: unknown[] = [];
  private readonly endings: number[] = [];

  /** @param bytesOf what a token stands for; tokens without bytes are in no walk */
  constructor(
    readonly vocabSize: number,
    bytesOf: (token: number) => Uint8Array | undefined,
  ) {
    this.maskWords = Math.ceil(vocabSize / 32);
    // As texts of one character a byte, which compare five times as fast as bytes.
    const entries: { token: number; text: string }[] = [];
    let most = 0;
    for (let token = 0; token < vocabSize; token++) {
      const bytes = bytesOf(token);
      if (!bytes || bytes.length === 0) continue;
      // Twice as fast as a buffer for each.
      let text = '';
      for (let i = 0; i < bytes.length; i++) text += String.fromCharCode(bytes[i]);
      entries.push({ token, text });
      most += bytes.length;
    }
    entries.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    const [bytes, depths, tokens] = [new Uint8Array(most), new Uint16Array(most), new Int32Array(most).fill(-1)];
    let size = 0;
    let previous = '';
    for (const { token, text } of entries) {
      const shared = commonPrefix(previous, text);
      for (let i = shared; i < text.length; i++) {
        bytes[size] = text.charCodeAt(i);
        depths[size++] = i + 1;
      }
      if (shared < text.length) tokens[size - 1] = token;
      else this.alike.set(tokens[size - 1], [...(this.alike.get(tokens[size - 1]) ?? []), token]);
      previous = text;
    }
    this.bytes = bytes.slice(0, size);
    this.depths = depths.slice(0, size);
    this.tokens = tokens.slice(0, size);
    this.nexts = subtreeEnds(this.depths);
  }

  /**
   * Adds the tokens that a matcher takes whole from a state on to a mask.
   * @returns where longer ones leave it
   */
  walk<State>(matcher: ByteMatcher<State>, state: State, mask: Uint32Array): WalkEnd<State>[] {
    return this.visit(matcher, state, (token) => setBit(mask, token));
  }

  /**
   * The same with any visitor of the tokens, in the order of their bytes. A byte that goes on with a token of JSON never begins
   * what follows it, so a longer token leaves the matcher only where the matcher refuses a byte.
   */
  visit<State>(matcher: ByteMatcher<State>, state: State, visitor: TokenVisitor<State>): WalkEnd<State>[] {
    const { bytes, depths, nexts, endings } = this;
    const states = this.states as State[];
    const ends: WalkEnd<State>[] = [];
    states[0] = state;
    endings[0] = -1;
    const addEnd = (depth: number): void => {
      if (endings[depth] >= 0) ends.push({ node: endings[depth], state: states[depth] });
      endings[depth] = -1;
    };
    for (let node = 0; node < bytes.length;) {
      const at = depths[node];
      const next = matcher.next(states[at - 1], bytes[node]);
      if (next === undefined) {
        addEnd(at - 1);
        node = nexts[node];
        continue;
      }
      states[at] = next;
      this.report(node, next, visitor);
      const hasLonger = nexts[node] > node + 1;
      endings[at] = hasLonger && matcher.accepts(next) ? node : -1;
      if (hasLonger && !matcher.continues(next)) {
        addEnd(at);
        node = nexts[node];
      } else node++;
    }
    return ends;
  }

  /** Adds the tokens that are longer than a node and go on in a grammar, from a configuration on, to a mask. */
  walkBelow(node: number, grammar: Grammar, from: Configuration, mask: Uint32Array): void {
    const { bytes, depths, nexts } = this;
    const states = this.states as Configuration[];
    const end = nexts[node];
    states[depths[node]] = from;
    for (let below = node + 1; below < end;) {
      const at = depths[below];
      const next = grammar.next(states[at - 1], bytes[below]);
      if (next.isDead) {
        below = nexts[below];
        continue;
      }
      states[at] = next;
      this.report(below, next, (token) => setBit(mask, token));
      below++;
    }
  }

  /** The tokens that begin with some bytes and have more, with the rest of their bytes. */
  *longerThan(beginning: Uint8Array): Generator<[token: number, rest: Uint8Array]> {
    const { bytes, depths, nexts } = this;
    let [node, end] = [0, bytes.length];
    for (const byte of beginning) {
      while (node < end && bytes[node] !== byte) node = nexts[node];
      if (node >= end) return;
      end = nexts[node++];
    }
    const rest: number[] = [];
    for (let below = node; below < end; below++) {
      rest.length = depths[below] - 1 - beginning.length;
      rest.push(bytes[below]);
      const token = this.tokens[below];
      if (token < 0) continue;
      for (const each of [token, ...(this.alike.get(token) ?? [])]) yield [each, Uint8Array.from(rest)];
    }
  }

  /** Reports the tokens that end at a node. */
  private report<State>(node: number, state: State, visitor: TokenVisitor<State>): void {
    const token = this.tokens[node];
    if (token < 0) return;
    visitor(token, state);
    if (this.alike.size === 0) return;
    for (const other of this.alike.get(token) ?? []) visitor(other, state);
  }
}

export function setBit(mask: Uint32Array, token: number): void {
  mask[token >>> 5] |= 1 << (token & 31);
}

function commonPrefix(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
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
