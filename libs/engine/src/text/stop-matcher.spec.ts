import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StopMatcher } from './stop-matcher.js';

/** Pushes the pieces and returns what came out, piece by piece. */
function run(stops: string[], pieces: string[]): { text: string; stopped: boolean; match?: string } {
  const matcher = new StopMatcher(stops);
  let text = '';
  for (const piece of pieces) {
    text += matcher.push(piece);
    if (matcher.stopped) return { text, stopped: true, match: matcher.match };
  }
  return { text: text + matcher.end(), stopped: false };
}

describe(StopMatcher.name, () => {
  it('ends the text before the stop string', () => {
    expect(run(['END'], ['one EN', 'D two'])).toEqual({ text: 'one ', stopped: true, match: 'END' });
  });

  it('lets the stop string win that is complete first, and of those the longest', () => {
    expect(run(['abc', 'b'], ['xabc'])).toEqual({ text: 'xa', stopped: true, match: 'b' });
    expect(run(['bc', 'abc'], ['xabc'])).toEqual({ text: 'x', stopped: true, match: 'abc' });
  });

  it('releases text at once when no stop string can begin in it', () => {
    const matcher = new StopMatcher(['\n\n']);
    expect(matcher.push('a\n')).toBe('a');
    expect(matcher.push('b')).toBe('\nb');
  });

  it('holds back no more than could become a stop string', () => {
    const matcher = new StopMatcher(['aab']);
    expect(matcher.push('caaa')).toBe('ca');
    expect(matcher.end()).toBe('aa');
  });

  it('keeps the stop string where it is wanted', () => {
    const matcher = new StopMatcher(['END'], true);
    expect([matcher.push('one EN'), matcher.push('D two'), matcher.stopped]).toEqual(['one ', 'END', true]);
  });

  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c') });
  it('gives the same text wherever the pieces are cut', () => {
    fc.assert(
      fc.property(
        fc.array(letters, { maxLength: 12 }),
        fc.array(
          letters.filter((stop) => stop !== ''),
          { maxLength: 4 },
        ),
        (pieces, stops) => {
          const whole = run(stops, [pieces.join('')]);
          expect(run(stops, pieces)).toEqual(whole);
          expect(run(stops, [...pieces.join('')])).toEqual(whole);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
