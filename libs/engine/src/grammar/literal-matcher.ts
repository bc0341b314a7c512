import type { ByteMatcher } from './byte-matcher.js';

interface TrieNode {
  isEnd: boolean;
  children: Map<number, TrieNode>;
}

/** Matches any of some texts. */
export class LiteralMatcher implements ByteMatcher<TrieNode> {
  readonly start: TrieNode = { isEnd: false, children: new Map() };
  readonly hasFewStates = true;

  constructor(texts: readonly string[]) {
    const encoder = new TextEncoder();
    for (const text of texts) {
      let node = this.start;
      for (const byte of encoder.encode(text)) {
        let child = node.children.get(byte);
        if (!child) node.children.set(byte, (child = { isEnd: false, children: new Map() }));
        node = child;
      }
      node.isEnd = true;
    }
  }

  next(node: TrieNode, byte: number): TrieNode | undefined {
    return node.children.get(byte);
  }

  accepts(node: TrieNode): boolean {
    return node.isEnd;
  }

  continues(node: TrieNode): boolean {
    return node.children.size > 0;
  }
}
