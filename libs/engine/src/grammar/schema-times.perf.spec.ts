import { beforeAll, describe, expect, it } from 'vitest';
import { COSTLY_SCHEMAS, REFUSED_SCHEMAS } from '../testing/costly-schemas.js';
import { JSON_VOCABULARY, PREFERENCES, writeAnswer } from '../testing/json-vocabulary.js';
import { JsonConstraints } from './json-constraints.js';
import { jsonGrammar } from './json-grammar.js';

/** Twice to three times what was measured: 31 ms for 1,900 numbers, 17 ms for 490 dictionaries. */
const MAX_MS = { compile: 80, mask: 50 } as const;

function threadMs<Result>(work: () => Result): [number, Result] {
  const before = process.threadCpuUsage();
  const result = work();
  const { user, system } = process.threadCpuUsage(before);
  return [(user + system) / 1000, result];
}

describe('costly schemas', () => {
  let constraints: JsonConstraints[];
  beforeAll(() => {
    constraints = [1, 2].map(() => new JsonConstraints(JSON_VOCABULARY.length, (token) => JSON_VOCABULARY[token]));
  });

  it.each(Object.entries(COSTLY_SCHEMAS))('%s: compiled and followed soon', (_, schema) => {
    // The least of two: a collection of garbage may fall into one.
    const runs = constraints.map((each) => threadMs(() => each.make(schema, PREFERENCES.length)));
    expect(Math.min(...runs.map(([ms]) => ms))).toBeLessThan(MAX_MS.compile);
    for (const [i, preferred] of PREFERENCES.entries()) {
      let most = 0;
      writeAnswer(runs[0][1][i], preferred, 40, (make) => (most = Math.max(most, threadMs(make)[0])));
      expect(most).toBeLessThan(MAX_MS.mask);
    }
  });

  it.each(Object.entries(REFUSED_SCHEMAS))('%s: refused soon', (_, schema) => {
    const [ms] = threadMs(() =>
      expect(() => jsonGrammar(schema)).toThrow(/more than|too many ways|takes too long|too large/),
    );
    expect(ms).toBeLessThan(MAX_MS.compile);
  });
});
