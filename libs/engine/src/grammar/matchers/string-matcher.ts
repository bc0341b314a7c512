import type { ByteMatcher } from './byte-matcher.js';
import { hasLength, type LengthRange, mergedLengths } from '../texts/length-range.js';

/** The places of a byte in a JSON string (RFC 8259, section 7) in UTF-8 (RFC 3629, section 4). */
const STATES = [
  'before',
  'body',
  'escape',
  'hex1',
  'hex2',
  'hex3',
  'hex4',
  // Behind \uD: escaped halves of surrogate pairs are left out, since raw UTF-8 says the same.
  'hexD',
  'tail1',
  'tail2',
  'tail3',
  'afterE0',
  'afterED',
  'afterF0',
  'afterF4',
  'end',
] as const;
type StringState = (typeof STATES)[number];

const INVALID = 255;
const at = (state: StringState): number => STATES.indexOf(state);
const [BEFORE, BODY, END] = [at('before'), at('body'), at('end')];

/** The next state by state and byte. */
const TABLE = (() => {
  const table = new Uint8Array(STATES.length * 256).fill(INVALID);
  const add = (from: StringState, [first, last]: [number, number], to: StringState): void => {
    for (let byte = first; byte <= last; byte++) table[at(from) * 256 + byte] = at(to);
  };
  const addCharacters = (from: StringState, characters: string, to: StringState): void => {
    for (const character of characters) add(from, [character.charCodeAt(0), character.charCodeAt(0)], to);
  };
  addCharacters('before', '"', 'body');
  add('body', [0x20, 0x7f], 'body');
  addCharacters('body', '"', 'end');
  addCharacters('body', '\\', 'escape');
  add('body', [0xc2, 0xdf], 'tail1');
  add('body', [0xe0, 0xe0], 'afterE0');
  add('body', [0xe1, 0xef], 'tail2');
  add('body', [0xed, 0xed], 'afterED');
  add('body', [0xf0, 0xf0], 'afterF0');
  add('body', [0xf1, 0xf3], 'tail3');
  add('body', [0xf4, 0xf4], 'afterF4');
  addCharacters('escape', '"\\/bfnrt', 'body');
  addCharacters('escape', 'u', 'hex1');
  addCharacters('hex1', '0123456789abcefABCEF', 'hex2');
  addCharacters('hex1', 'dD', 'hexD');
  addCharacters('hexD', '01234567', 'hex3');
  addCharacters('hex2', '0123456789abcdefABCDEF', 'hex3');
  addCharacters('hex3', '0123456789abcdefABCDEF', 'hex4');
  addCharacters('hex4', '0123456789abcdefABCDEF', 'body');
  add('tail1', [0x80, 0xbf], 'body');
  add('tail2', [0x80, 0xbf], 'tail1');
  add('tail3', [0x80, 0xbf], 'tail2');
  add('afterE0', [0xa0, 0xbf], 'tail1');
  add('afterED', [0x80, 0x9f], 'tail1');
  add('afterF0', [0x90, 0xbf], 'tail2');
  add('afterF4', [0x80, 0x8f], 'tail2');
  return table;
})();

/** Places in a string at which a byte may come. */
export const STRING_PLACES = STATES.length;

/** The place and the characters so far of a state of {@link StringMatcher}. */
export function placeOf(state: number): { place: number; count: number } {
  const place = state % STATES.length;
  return { place, count: (state - place) / STATES.length };
}

/** True if the closing quote has come in a state. */
export function isClosed(state: number): boolean {
  return state % STATES.length === END;
}

/**
 * Matches a JSON string, quotes included, of a number of characters (code points, as JSON Schema counts them). Its states
 * are the characters so far, as far as they matter, times the states above.
 */
export class StringMatcher implements ByteMatcher<number> {
  readonly start = BEFORE;
  /** Characters at most. */
  readonly maxLength: number;
  /** Counting more characters would change nothing. */
  private readonly mostCounted: number;
  private readonly ranges: readonly LengthRange[];

  /** @param ranges lengths, of any order, which may overlap */
  constructor(ranges: readonly LengthRange[]) {
    this.ranges = mergedLengths(ranges);
    this.maxLength = Math.max(...ranges.map(({ max }) => max));
    const bounds = ranges.flatMap(({ min, max }) => [min, max + 1]).filter((bound) => bound < Infinity);
    this.mostCounted = Math.max(0, ...bounds);
  }

  next(state: number, byte: number): number | undefined {
    const place = state % STATES.length;
    const next = TABLE[place * 256 + byte];
    if (next === INVALID) return undefined;
    const count = (state - place) / STATES.length;
    if (next === END) return hasLength(this.ranges, count) ? state - place + END : undefined;
    // Each character begins at the body, with one of its bytes.
    if (place !== BODY) return state - place + next;
    if (count >= this.maxLength) return undefined;
    return Math.min(count + 1, this.mostCounted) * STATES.length + next;
  }

  /** The state at the closing quote, so many characters after a state; `undefined` where it cannot come there. */
  endAfter(state: number, characters: number): number | undefined {
    const { count } = placeOf(state);
    const length = Math.min(count + characters, this.mostCounted);
    return hasLength(this.ranges, length) ? length * STATES.length + END : undefined;
  }

  accepts(state: number): boolean {
    return isClosed(state);
  }

  continues(state: number): boolean {
    return !isClosed(state);
  }
}
