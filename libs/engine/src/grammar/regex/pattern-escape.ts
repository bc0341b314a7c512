import {
  type CharacterSet,
  complementOf,
  DIGITS,
  LAST_CODE_POINT,
  WHITE_SPACE,
  WORD_CHARACTERS,
} from './character-set.js';
import { PatternError } from './pattern.js';

/** One character, or those of a class. */
export type ClassEscape = number | CharacterSet;

const CONTROLS = new Map<string, number>([
  ['t', 9],
  ['n', 10],
  ['v', 11],
  ['f', 12],
  ['r', 13],
]);
const CLASSES = new Map<string, CharacterSet>([
  ['d', DIGITS],
  ['D', complementOf(DIGITS)],
  ['s', WHITE_SPACE],
  ['S', complementOf(WHITE_SPACE)],
  ['w', WORD_CHARACTERS],
  ['W', complementOf(WORD_CHARACTERS)],
]);

/**
 * Reads what stands behind a backslash.
 * @returns its value, and how many characters it took
 * @throws {PatternError}
 */
export function readEscape(
  characters: readonly string[],
  at: number,
  isInClass: boolean,
): { value: ClassEscape; length: number } {
  const character = characters[at];
  if (character === undefined) throw new PatternError('a "\\" is the last character');
  const known = CLASSES.get(character) ?? CONTROLS.get(character);
  if (known !== undefined) return { value: known, length: 1 };
  switch (character) {
    case 'b':
      if (isInClass) return { value: 8, length: 1 };
      throw new PatternError('"\\b" is not supported');
    case '0':
      if (!/\d/.test(characters[at + 1] ?? '')) return { value: 0, length: 1 };
      throw new PatternError('octal escapes are not supported');
    case 'c': {
      const letter = characters[at + 1] ?? '';
      if (/^[A-Za-z]$/.test(letter)) return { value: letter.charCodeAt(0) % 32, length: 2 };
      throw new PatternError('"\\c" needs a letter behind it');
    }
    case 'x':
      return { value: hex(characters, at + 1, 2), length: 3 };
    case 'u':
      return unicode(characters, at);
  }
  if (/^[1-9k]$/.test(character)) throw new PatternError('backreferences are not supported');
  if (/^[A-Za-z]$/.test(character)) throw new PatternError(`"\\${character}" is not supported`);
  return { value: character.codePointAt(0)!, length: 1 };
}

function unicode(characters: readonly string[], at: number): { value: number; length: number } {
  if (characters[at + 1] === '{') {
    const end = characters.indexOf('}', at);
    const digits = characters.slice(at + 2, end).join('');
    if (end < 0 || !/^[\da-fA-F]{1,6}$/.test(digits) || parseInt(digits, 16) > LAST_CODE_POINT)
      throw new PatternError('"\\u{" needs the number of a character behind it');
    return { value: parseInt(digits, 16), length: end + 1 - at };
  }
  const first = hex(characters, at + 1, 4);
  const isHigh = first >= 0xd800 && first <= 0xdbff;
  if (isHigh && characters[at + 5] === '\\' && characters[at + 6] === 'u' && characters[at + 7] !== '{') {
    const second = hex(characters, at + 7, 4);
    if (second >= 0xdc00 && second <= 0xdfff)
      return { value: 0x1_0000 + (first - 0xd800) * 0x400 + (second - 0xdc00), length: 11 };
  }
  return { value: first, length: 5 };
}

function hex(characters: readonly string[], at: number, length: number): number {
  const digits = characters.slice(at, at + length).join('');
  if (digits.length === length && /^[\da-fA-F]+$/.test(digits)) return parseInt(digits, 16);
  throw new PatternError(`"\\${length === 2 ? 'x' : 'u'}" needs ${length} hexadecimal digits behind it`);
}
