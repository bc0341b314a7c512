import { type ByteMatcher, DEAR } from './byte-matcher.js';

/** Digits before and behind the point: a double holds every whole number of so many exactly. */
const MAX_DIGITS = 15;

const NUMBER_TEXT = [...'0123456789.-+eE'];
const NUMBER_BYTES = NUMBER_TEXT.map((character) => character.charCodeAt(0));

/** The range of a number; an exclusive bound is not in it itself. */
export interface NumberBounds {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/**
 * Matches a JSON number (RFC 8259, section 6) in a range, with no more digits than a double tells apart; with an exponent, of
 * at most two digits, only where it is not bounded. Its state is its text so far.
 */
export class NumberMatcher implements ByteMatcher<string> {
  readonly start = '';
  readonly cost = DEAR;
  readonly hasFewStates = false;
  private readonly beginning: RegExp;
  private readonly isBounded: boolean;
  private readonly bounds: Required<NumberBounds>;

  constructor(
    private readonly isInteger: boolean,
    bounds: NumberBounds = {},
  ) {
    this.isBounded = Object.keys(bounds).length > 0;
    this.bounds = {
      minimum: -Infinity,
      maximum: Infinity,
      exclusiveMinimum: -Infinity,
      exclusiveMaximum: Infinity,
      ...bounds,
    };
    const whole = `(0|[1-9]\\d{0,${MAX_DIGITS - 1}})`;
    const forms = [whole];
    if (!isInteger) forms.push(`${whole}\\.\\d{0,${MAX_DIGITS}}`);
    if (!isInteger && !this.isBounded) forms.push(`${whole}(\\.\\d{1,${MAX_DIGITS}})?[eE][+-]?\\d{0,2}`);
    this.beginning = new RegExp(`^-?(${forms.join('|')})?$`);
  }

  next(text: string, byte: number): string | undefined {
    const longer = text + String.fromCharCode(byte);
    if (!this.beginning.test(longer)) return undefined;
    return !this.isBounded || this.isAlive(longer) ? longer : undefined;
  }

  accepts(text: string): boolean {
    return /\d$/.test(text) && this.overlapsRange(Number(text), Number(text));
  }

  continues(text: string): boolean {
    return NUMBER_BYTES.some((byte) => this.next(text, byte) !== undefined);
  }

  /** Whether no number that can be written is in the range. */
  get isEmpty(): boolean {
    return !this.continues(this.start);
  }

  /** Whether a text is, or begins, a number in the range that can be written. */
  private isAlive(text: string): boolean {
    if (!this.canReachRange(text)) return false;
    if (this.accepts(text)) return true;
    return NUMBER_TEXT.some((character) => this.beginning.test(text + character) && this.isAlive(text + character));
  }

  /** Whether some real number in the range begins with a text that has no exponent. */
  private canReachRange(text: string): boolean {
    const sign = text.startsWith('-') ? -1 : 1;
    const digits = sign < 0 ? text.slice(1) : text;
    if (digits === '') return this.overlapsRange(-(10 ** MAX_DIGITS), -Number.MIN_VALUE);
    const point = digits.indexOf('.');
    if (point >= 0) return this.reaches(sign, digits, digits.padEnd(point + 1 + MAX_DIGITS, '9'));
    const fraction = this.isInteger ? '' : `.${'9'.repeat(MAX_DIGITS)}`;
    const mostDigits = digits === '0' ? 1 : MAX_DIGITS;
    for (let length = digits.length; length <= mostDigits; length++) {
      if (this.reaches(sign, digits.padEnd(length, '0'), digits.padEnd(length, '9') + fraction)) return true;
    }
    return false;
  }

  private reaches(sign: 1 | -1, smallest: string, largest: string): boolean {
    const [a, b] = [sign * Number(smallest), sign * Number(largest)];
    return this.overlapsRange(Math.min(a, b), Math.max(a, b));
  }

  private overlapsRange(low: number, high: number): boolean {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = this.bounds;
    return high >= minimum && low <= maximum && high > exclusiveMinimum && low < exclusiveMaximum;
  }
}
