import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PatternMatcher } from '../matchers/pattern-matcher.js';
import type { LengthRange } from '../texts/length-range.js';
import { patternAutomaton } from './pattern-automaton.js';
import { PatternBudget } from './pattern-budget.js';
import { PatternError } from './pattern.js';
import { TextSet } from '../texts/text-set.js';

const matches = (pattern: string, text: string): boolean =>
  patternAutomaton(pattern, new PatternBudget()).matches(text);

/** Characters that patterns and texts share, of one to four bytes and such as JSON escapes. */
const CHARACTERS = ['a', 'b', 'B', '0', '7', '_', '-', ' ', '\n', '"', '\\', '\u0001', '\u2028', 'é', '€', '😀'];
const texts = fc.string({ unit: fc.constantFrom(...CHARACTERS), maxLength: 6 });
const single = fc.constantFrom(
  'a',
  'b',
  '0',
  '\\n',
  '"',
  '\\\\',
  'é',
  '€',
  '😀',
  '.',
  '\\d',
  '\\w',
  '\\s',
  '\\D',
  '\\W',
  '\\S',
  '\\u{1F600}',
  '[ab]',
  '[^a]',
  '[a-z0-9]',
  '[^\\d"]',
  '[\\w-]',
  '[\\u0000-\\u001f]',
  '[^]',
  '[]',
  '\\ud83d\\ude00',
  '\\x41',
  '\\-',
  '[é-€]',
);
const patterns = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    single,
    fc.constantFrom('^', '$', '', '^a', 'b$'),
    fc.array(tie('pattern'), { maxLength: 3 }).map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
    fc
      .tuple(single, fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}', '*?', '{2,}?'))
      .map((parts) => parts.join('')),
    fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{0,2}')).map(([of, times]) => `(${of})${times}`),
  ),
})).pattern;
const withLookaheads = fc
  .tuple(fc.array(fc.tuple(fc.constantFrom('=', '!'), patterns), { maxLength: 2 }), patterns)
  .map(([lookaheads, rest]) => `^${lookaheads.map(([kind, of]) => `(?${kind}${of})`).join('')}(?:${rest})`);

/**
 * ECMA-262's own matcher. A hyphen outside of a class has no escape with the flag `u`. `$` is said as a lookahead of the
 * same meaning, as V8 finds no match of `[^a]$` in '😀'.
 */
const reference = (pattern: string): RegExp =>
  new RegExp(pattern.replaceAll(/\\-(?![^[]*\])/g, '-').replaceAll('$', '(?![^])'), 'u');

function writes(set: TextSet, json: string): boolean {
  const matcher = new PatternMatcher(set);
  let state: number | undefined = matcher.start;
  for (const byte of Buffer.from(json)) {
    state = matcher.next(state, byte);
    if (state === undefined) return false;
  }
  return matcher.accepts(state);
}

describe(patternAutomaton, () => {
  it('matches just the texts that ECMA-262 matches', () => {
    let both = 0;
    fc.assert(
      fc.property(
        fc.oneof(patterns, withLookaheads),
        fc.array(texts, { minLength: 10, maxLength: 10 }),
        (pattern, all) => {
          const automaton = patternAutomaton(pattern, new PatternBudget());
          const expected = reference(pattern);
          for (const text of all) {
            expect([pattern, text, automaton.matches(text)]).toEqual([pattern, text, expected.test(text)]);
            if (expected.test(text)) both++;
          }
        },
      ),
      { numRuns: 1500 },
    );
    expect(both).toBeGreaterThan(2000);
  });

  it('is written as JSON just where it matches and the length is right, and never to a dead end', () => {
    const lengths = fc.tuple(fc.nat(4), fc.oneof(fc.constant(Infinity), fc.nat(4)));
    fc.assert(
      fc.property(patterns, lengths, texts, fc.nat(), (pattern, [min, more], text, seed) => {
        const range: LengthRange = { min, max: min + more };
        const set = new TextSet(patternAutomaton(pattern, new PatternBudget()), range, new PatternBudget());
        const length = Array.from(text).length;
        const isRight = reference(pattern).test(text) && length >= min && length <= range.max;
        expect([pattern, range, text, writes(set, JSON.stringify(text)), set.has(text)]).toEqual([
          pattern,
          range,
          text,
          isRight,
          isRight,
        ]);
        expect(isRight && set.isEmpty).toBe(false);
        // From any place it can come to an end: it goes on with some byte until it closes.
        const matcher = new PatternMatcher(set);
        let state: number | undefined = matcher.next(matcher.start, 0x22);
        expect(state === undefined).toBe(set.isEmpty);
        for (let step = 0; step < 12 && state !== undefined && matcher.continues(state); step++) {
          const at: number = state;
          const bytes = Array.from({ length: 256 }, (_, byte) => byte).filter(
            (byte) => matcher.next(at, byte) !== undefined,
          );
          expect(bytes.length).toBeGreaterThan(0);
          state = matcher.next(at, bytes[(seed + 7 * step) % bytes.length]);
        }
      }),
      { numRuns: 600 },
    );
  });

  it.each<[string, string[], string[]]>([
    ['^[A-Z]{2,3}-\\d+$', ['AB-1', 'ABC-123'], ['A-1', 'AB-', 'xAB-1', 'ab-1']],
    ['a', ['a', 'bab'], ['', 'b']],
    ['^(?!\\.)(?!.*\\.\\.)[a-z.]+@[a-z]+$', ['a.b@c'], ['.a@c', 'a..b@c']],
    ['^(?=.{1,3}$)[a-z]+$', ['abc'], ['abcd', '']],
    ['^(?<year>\\d{4})$', ['2024'], ['24']],
    ['^$', [''], ['a']],
    ['^(?=.*[a-z])(?=.*\\d)', ['a1', '1-a'], ['a', '1']],
    ['[', [], []],
  ])('of %s', (pattern, all, none) => {
    if (pattern === '[') {
      expect(() => matches(pattern, '')).toThrow(PatternError);
      return;
    }
    for (const text of all) expect([text, matches(pattern, text)]).toEqual([text, true]);
    for (const text of none) expect([text, matches(pattern, text)]).toEqual([text, false]);
  });

  it.each([
    ['(a)\\1', /backreferences/],
    ['(?<n>a)\\k<n>', /backreferences/],
    ['(?<=a)b', /lookbehind/],
    [`^${'(?=a)'.repeat(40)}a`, /more than 16 patterns/],
    ['a(?=b)', /lookahead/],
    ['(?i)a', /flags/],
    ['\\bword\\b', /"\\b"/],
    ['\\p{L}', /"\\p"/],
    ['\\Aa\\Z', /"\\A"/],
    ['a**', /repeat/],
    ['+a', /repeat/],
    ['(a', /not closed/],
    ['a)', /closes nothing/],
    ['[a', /not closed/],
    ['[z-a]', /out of order/],
    ['a{3,2}', /out of order/],
    ['a{20000}', /10000 repetitions/],
    ['\\', /last character/],
    ['\\u12', /hexadecimal/],
    ['((a{90}){90}){90}', /more than 5000 states/],
    ['(((){9999}){9999}){9999}', /too long/],
    ['(a|b)*a(a|b){25}$', /too large|too long/],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, /deeper than 50/],
    ['x'.repeat(5000), /4096 characters/],
  ])('refuses %s by what it is', (pattern, message) => {
    expect(() => matches(pattern, '')).toThrow(PatternError);
    expect(() => matches(pattern, '')).toThrow(message);
  });
});
