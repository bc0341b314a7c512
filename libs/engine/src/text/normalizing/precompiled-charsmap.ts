/** Longer graphemes are replaced character by character. */
const MAX_GRAPHEME_BYTES = 5;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * The replacements of characters that SentencePiece compiles into a model: the length of a double-array trie in bytes, the
 * trie, and the texts that its values point into (https://github.com/google/sentencepiece/blob/master/src/normalizer.cc,
 * `Normalizer::DecodePrecompiledCharsMap`; units as in https://github.com/s-yata/darts-clone).
 */
export class PrecompiledCharsmap {
  private readonly units: Uint32Array;
  private readonly texts: Uint8Array;
  /** What a grapheme or a character becomes; `undefined` for those that stay. */
  private readonly known = new Map<string, string | undefined>();

  /** @throws Error where the bytes are no such map */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const trieBytes = bytes.length < 4 ? 0 : view.getUint32(0, true);
    if (trieBytes === 0 || trieBytes % 4 !== 0 || trieBytes > bytes.length - 4) {
      throw new Error('"precompiled_charsmap" is damaged');
    }
    this.units = Uint32Array.from({ length: trieBytes / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
    this.texts = bytes.subarray(4 + trieBytes);
  }

  /** Replaces graphemes as a whole, where the map has one of their beginnings, and else their characters one by one. */
  apply(text: string): string {
    let replaced = '';
    for (const { segment } of graphemes.segment(text)) {
      replaced +=
        this.replacement(segment) ??
        Array.from(segment, (character) => this.replacement(character) ?? character).join('');
    }
    return replaced;
  }

  private replacement(grapheme: string): string | undefined {
    if (this.known.has(grapheme)) return this.known.get(grapheme);
    const bytes = encoder.encode(grapheme);
    const isSingle = grapheme.length <= 2 && Array.from(grapheme).length === 1;
    const found = isSingle || bytes.length <= MAX_GRAPHEME_BYTES ? this.search(bytes) : undefined;
    if (this.known.size < 10_000) this.known.set(grapheme, found);
    return found;
  }

  /** The text of the shortest beginning that the trie has. */
  private search(key: Uint8Array): string | undefined {
    const { units, texts } = this;
    let at = offsetOf(units[0]);
    for (const byte of key) {
      at ^= byte;
      const unit = units[at];
      if (unit === undefined || labelOf(unit) !== byte) return undefined;
      at ^= offsetOf(unit);
      if (!hasLeaf(unit)) continue;
      const begin = units[at] & 0x7fff_ffff;
      const end = texts.indexOf(0, begin);
      return decoder.decode(texts.subarray(begin, end === -1 ? texts.length : end));
    }
    return undefined;
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

/** The byte of a unit; larger than any for a leaf. */
function labelOf(unit: number): number {
  return (unit & 0x8000_00ff) >>> 0;
}

function hasLeaf(unit: number): boolean {
  return ((unit >>> 8) & 1) === 1;
}
