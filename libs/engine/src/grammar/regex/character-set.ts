/** Code points from `low` to `high`, both included. */
export interface CharacterRange {
  low: number;
  high: number;
}

/** Code points as ranges, in their order and apart. */
export type CharacterSet = readonly CharacterRange[];

export const LAST_CODE_POINT = 0x10_ffff;

/** Halves of surrogate pairs, which no text holds. */
export const SURROGATES: CharacterRange = { low: 0xd800, high: 0xdfff };

export function characterSet(ranges: readonly CharacterRange[]): CharacterSet {
  const merged: CharacterRange[] = [];
  for (const { low, high } of ranges.toSorted((a, b) => a.low - b.low)) {
    const last = merged.at(-1);
    if (last && low <= last.high + 1) last.high = Math.max(last.high, high);
    else merged.push({ low, high });
  }
  return merged;
}

export function complementOf(set: CharacterSet): CharacterSet {
  const gaps: CharacterRange[] = [];
  let from = 0;
  for (const { low, high } of set) {
    if (low > from) gaps.push({ low: from, high: low - 1 });
    from = high + 1;
  }
  if (from <= LAST_CODE_POINT) gaps.push({ low: from, high: LAST_CODE_POINT });
  return gaps;
}

function ofText(pairs: string): CharacterRange[] {
  const characters = Array.from(pairs, (character) => character.codePointAt(0)!);
  return Array.from({ length: characters.length / 2 }, (_, i) => ({
    low: characters[2 * i],
    high: characters[2 * i + 1],
  }));
}

export const DIGITS: CharacterSet = characterSet(ofText('09'));
export const WORD_CHARACTERS: CharacterSet = characterSet(ofText('09AZaz__'));
/** WhiteSpace and LineTerminator of ECMA-262. */
export const WHITE_SPACE: CharacterSet = characterSet(
  ofText('\t\r  \u00a0\u00a0\u1680\u1680\u2000\u200a\u2028\u2029\u202f\u202f\u205f\u205f\u3000\u3000\ufeff\ufeff'),
);
/** What a dot does not match. */
export const LINE_TERMINATORS: CharacterSet = characterSet(ofText('\n\n\r\r\u2028\u2029'));
