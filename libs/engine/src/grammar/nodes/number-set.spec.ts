import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holds, NumberMatcher, writtenNumber } from '../matchers/number-matcher.js';
import { type NumberBounds, numberSet, unionOf } from './number-set.js';

/** Numbers of all sizes, small ones and those of many digits more often. */
const bound = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -20, max: 20, noNaN: true }),
  fc.double({ min: -1e16, max: 1e16, noNaN: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.constantFrom(0, 0.1, 0.3, 5e-324, -5e-324, 1e-15, 2 ** 53, 1e15, 999_999_999_999_999),
);
const bounds: fc.Arbitrary<NumberBounds> = fc.record(
  { minimum: bound, maximum: bound, exclusiveMinimum: bound, exclusiveMaximum: bound },
  { requiredKeys: [] },
);
/** Decimals near a bound, and any others. */
const near = (value: number): fc.Arbitrary<string> =>
  fc.integer({ min: -3, max: 3 }).map((steps) => {
    const digits = Math.min(15, Math.max(0, 16 - Math.ceil(Math.log10(Math.abs(value) + 1))));
    return (value + steps * 10 ** -digits).toFixed(digits);
  });
const isWritten = (text: string): boolean => /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/.test(text);

const isInRange = (value: number, given: NumberBounds): boolean =>
  value >= (given.minimum ?? -Infinity) &&
  value <= (given.maximum ?? Infinity) &&
  value > (given.exclusiveMinimum ?? -Infinity) &&
  value < (given.exclusiveMaximum ?? Infinity);

describe(numberSet, () => {
  it('holds just the decimals that are read as doubles in the range, to the last digit', () => {
    const cases = bounds.chain((given) =>
      fc.tuple(
        fc.constant(given),
        fc.oneof(bound, ...Object.values(given).map((value) => fc.constant(value))).chain(near),
      ),
    );
    fc.assert(
      fc.property(cases, fc.boolean(), ([given, text], isInteger) => {
        fc.pre(isWritten(text) && Number(text) !== 0);
        const expected = isInRange(Number(text), given) && !(isInteger && text.includes('.'));
        const set = numberSet(isInteger, given);
        expect([text, holds(set, writtenNumber(text)!)]).toEqual([text, expected]);
      }),
      { numRuns: 3000 },
    );
  });

  it('reads a decimal in the middle of two doubles as the even one', () => {
    const eighths = fc.tuple(fc.integer({ min: 2 ** 49, max: 999_999_999_999_998 }), fc.nat({ max: 7 }));
    fc.assert(
      fc.property(eighths, fc.constantFrom(-0.0625, 0.0625), ([whole, eighth], half) => {
        const value = whole + eighth / 8;
        // Its own digits: as a double the middle is one of its neighbours.
        const text = `${whole + Math.floor(eighth / 8 + half)}.${String((eighth * 1250 + half * 10_000 + 10_000) % 10_000).padStart(4, '0')}`;
        for (const given of [
          { minimum: value },
          { maximum: value },
          { exclusiveMinimum: value },
          { exclusiveMaximum: value },
        ]) {
          const expected = isInRange(Number(text), given);
          expect([text, given, holds(numberSet(false, given), writtenNumber(text)!)]).toEqual([text, given, expected]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('never leads a text into a place from which no number of the set can be reached', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), bounds), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (all, choices) => {
          const matcher = new NumberMatcher(unionOf(all.map(([isInteger, given]) => numberSet(isInteger, given))));
          let text = '';
          while (matcher.continues(text)) {
            const next = [...'-0123456789.eE+'].flatMap((byte) => matcher.next(text, byte.charCodeAt(0)) ?? []);
            text = next[choices.next().value! % next.length];
            if (matcher.accepts(text)) {
              const isValid = ([isInteger, given]: [boolean, NumberBounds]): boolean =>
                isInRange(Number(text), given) && (!isInteger || Number.isInteger(Number(text)));
              expect([text, all.some(isValid)]).toEqual([text, true]);
            }
          }
          if (text !== '') expect([text, matcher.accepts(text)]).toEqual([text, true]);
        },
      ),
      { numRuns: 500 },
    );
  });
});
