import type { EncodedText, EncodeTextOptions } from './encoded-text.js';
import type { PairFrame, SpecialTokenFrame } from './frame.js';
import { pairLengths } from './pair-lengths.js';

/** Two texts without special tokens. */
export const BARE_PAIR: PairFrame = {
  before: [],
  between: [],
  after: [],
  types: { before: [], first: 0, between: [], second: 1, after: [] },
};

/**
 * Puts special tokens around a text or a pair of texts, and cuts these so that all fits into `maxTokens`: special tokens are kept.
 * @param texts tokens of the one or two texts
 * @throws Error where the tokenizer takes no pairs
 */
export function frameTexts(
  [first, second]: readonly [Int32Array, Int32Array?],
  frame: SpecialTokenFrame,
  { maxTokens = Infinity, truncationSide = 'right', addSpecialTokens = true }: EncodeTextOptions,
): EncodedText {
  const { before, after, pair } = addSpecialTokens ? frame : BARE;
  const cut = (tokens: Int32Array, length: number): Int32Array =>
    truncationSide === 'right' ? tokens.subarray(0, length) : tokens.subarray(tokens.length - length);
  if (second === undefined) {
    const length = Math.min(first.length, Math.max(0, maxTokens - before.length - after.length));
    const totalTokens = before.length + first.length + after.length;
    return { tokens: Int32Array.from([...before, ...cut(first, length), ...after]), totalTokens };
  }
  if (!pair) throw new Error('the tokenizer takes no pairs of texts');
  const special = pair.before.length + pair.between.length + pair.after.length;
  const [a, b] = pairLengths(first.length, second.length, Math.max(0, maxTokens - special));
  const tokens = Int32Array.from([...pair.before, ...cut(first, a), ...pair.between, ...cut(second, b), ...pair.after]);
  const typeIds = typesOf(pair, a, b);
  const totalTokens = special + first.length + second.length;
  return { tokens, ...(typeIds.some((type) => type !== 0) && { typeIds }), totalTokens };
}

const BARE: SpecialTokenFrame = { before: [], after: [], pair: BARE_PAIR };

function typesOf({ types }: PairFrame, first: number, second: number): Uint8Array {
  return Uint8Array.from([
    ...types.before,
    ...new Uint8Array(first).fill(types.first),
    ...types.between,
    ...new Uint8Array(second).fill(types.second),
    ...types.after,
  ]);
}
