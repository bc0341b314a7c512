import type { ByteMatcher } from './byte-matcher.js';
import { MAX_DIGITS } from '../nodes/decimal-grid.js';
import { type DigitRange, type NumberSet, overlaps } from '../nodes/number-set.js';

const NUMBER_BYTES = [...'0123456789.-+eE'].map((character) => character.charCodeAt(0));
const IS_NUMBER_BYTE = Array.from({ length: 256 }, (_, byte) => NUMBER_BYTES.includes(byte));
const [MINUS, ZERO, NINE] = [...'-09'].map((character) => character.charCodeAt(0));

/** The numbers that a text can be, or begin. */
const WHOLE = `(?:0|[1-9]\\d{0,${MAX_DIGITS - 1}})`;
const DECIMAL = new RegExp(`^-?(?:${WHOLE}(?:\\.\\d{0,${MAX_DIGITS}})?)?$`);
const NUMBER = new RegExp(
  `^-?(?:${WHOLE}(?:\\.\\d{0,${MAX_DIGITS}}|(?:\\.\\d{1,${MAX_DIGITS}})?[eE][+-]?\\d{0,2})?)?$`,
);

const ZEROS = Array.from({ length: MAX_DIGITS + 1 }, (_, length) => '0'.repeat(length));
const NINES = Array.from({ length: MAX_DIGITS + 1 }, (_, length) => '9'.repeat(length));
/** Behind a sign alone comes a number that is not zero. */
const NOT_ZERO: DigitRange = {
  low: `${ZEROS[MAX_DIGITS]}${ZEROS[MAX_DIGITS - 1]}1`,
  high: NINES[MAX_DIGITS] + NINES[MAX_DIGITS],
};

/** A number that is written out. */
interface WrittenNumber {
  isNegative: boolean;
  isWhole: boolean;
  hasExponent: boolean;
  /** Itself. */
  range: DigitRange;
}

/**
 * Matches a JSON number (RFC 8259, section 6) of a set, with no more digits than a double tells apart; with an exponent, of
 * at most two digits, only where it is not bounded. Its state is its text so far.
 */
export class NumberMatcher implements ByteMatcher<string> {
  readonly start = '';

  constructor(private readonly set: NumberSet) {}

  next(text: string, byte: number): string | undefined {
    if (!IS_NUMBER_BYTE[byte]) return undefined;
    const longer = text + String.fromCharCode(byte);
    return this.isAlive(longer) ? longer : undefined;
  }

  accepts(text: string): boolean {
    const number = writtenNumber(text);
    return number !== undefined && holds(this.set, number);
  }

  continues(text: string): boolean {
    return NUMBER_BYTES.some((byte) => this.next(text, byte) !== undefined);
  }

  /** True if a text is, or begins, a number of the set. */
  private isAlive(text: string): boolean {
    // Only a number without bounds has an exponent, and then any number is in the set.
    if (this.set.hasExponents) return NUMBER.test(text);
    if (!DECIMAL.test(text)) return false;
    const { isNegative, whole, fraction } = parse(text);
    if (fraction === undefined) return this.hasWhole(whole, isNegative);
    const beginning = ZEROS[MAX_DIGITS - whole.length] + whole + fraction;
    const open = MAX_DIGITS - fraction.length;
    const { decimals } = this.set;
    const range = { low: beginning + ZEROS[open], high: beginning + NINES[open] };
    return overlaps(isNegative ? decimals.negative : decimals.positive, range);
  }

  /** True if any number of the set has these digits first, before the point. */
  private hasWhole(digits: string, isNegative: boolean): boolean {
    const { integers, decimals } = this.set;
    const side = isNegative ? 'negative' : 'positive';
    if (digits === '') return overlaps(integers[side], NOT_ZERO) || overlaps(decimals[side], NOT_ZERO);
    const most = digits === '0' ? 1 : MAX_DIGITS;
    for (let length = digits.length; length <= most; length++) {
      const beginning = ZEROS[MAX_DIGITS - length] + digits;
      const open = length - digits.length;
      const range = {
        low: beginning + ZEROS[open] + ZEROS[MAX_DIGITS],
        high: beginning + NINES[open] + NINES[MAX_DIGITS],
      };
      if (overlaps(integers[side], range) || overlaps(decimals[side], range)) return true;
    }
    return false;
  }
}

/** The number that a text is; `undefined` where it is only the beginning of one. */
export function writtenNumber(text: string): WrittenNumber | undefined {
  const last = text.charCodeAt(text.length - 1);
  if (!(last >= ZERO && last <= NINE)) return undefined;
  const hasExponent = /[eE]/.test(text);
  const { isNegative, whole, fraction = '' } = parse(text);
  const digits = hasExponent
    ? ''
    : ZEROS[MAX_DIGITS - whole.length] + whole + fraction + ZEROS[MAX_DIGITS - fraction.length];
  return { isNegative, isWhole: fraction === '', hasExponent, range: { low: digits, high: digits } };
}

/** True if a set has a number that is written so. */
export function holds(set: NumberSet, { isNegative, isWhole, hasExponent, range }: WrittenNumber): boolean {
  if (hasExponent || set.hasExponents) return set.hasExponents;
  const side = isNegative ? 'negative' : 'positive';
  return (isWhole && overlaps(set.integers[side], range)) || overlaps(set.decimals[side], range);
}

function parse(text: string): { isNegative: boolean; whole: string; fraction: string | undefined } {
  const isNegative = text.charCodeAt(0) === MINUS;
  const from = isNegative ? 1 : 0;
  const point = text.indexOf('.');
  if (point < 0) return { isNegative, whole: text.slice(from), fraction: undefined };
  return { isNegative, whole: text.slice(from, point), fraction: text.slice(point + 1) };
}
