import { beforeAll, describe, expect, it } from 'vitest';
import { COSTLY_SCHEMAS, REFUSED_SCHEMAS } from '../testing/costly-schemas.js';
import type { Constraint } from './constraint.js';
import type { Grammar } from './machine/grammar.js';
import { JsonConstraints } from './json-constraints.js';
import { jsonGrammar } from './json-grammar.js';
import type { JsonSchema } from './schema/json-schema.js';

/** Twice to three times what was measured: 31 ms for 1,900 numbers, 17 ms for 490 dictionaries. */
const MAX_MS = { compile: 80, mask: 50 } as const;
const MAX_BYTES = 8 * 2 ** 20;

const VOCABULARY = pieces(10_000);
const PREFERENCES = [/["\]},]/, /^[[{]$|":[[{]?$|^"$/, /,/, /./];

/** All bytes, pieces of JSON that reach over the borders of its tokens, numbers, and syllables. */
function pieces(count: number): Buffer[] {
  const json = [
    '{"',
    '":',
    '":"',
    '","',
    '"}',
    '":[',
    '"],"',
    '"}]',
    '},{"',
    '":{"',
    ':[',
    '],[',
    '1,',
    '2}',
    'true',
    'null,',
    '}}',
    ']]',
  ];
  const all = new Set([...json, ...Array.from({ length: 1000 }, (_, i) => String(i))]);
  for (let i = 0; all.size < count - 256; i++) {
    all.add(
      `${'abcdefghijklmnopqrst'[i % 20]}${'aeiou'[i % 5]}${i.toString(36)}${i % 7 === 0 ? '",' : ''}${i % 11 === 0 ? 'é' : ''}`,
    );
  }
  return [...Array.from({ length: 256 }, (_, byte) => Buffer.of(byte)), ...[...all].map((piece) => Buffer.from(piece))];
}

function threadMs<Result>(work: () => Result): [number, Result] {
  const before = process.threadCpuUsage();
  const result = work();
  const { user, system } = process.threadCpuUsage(before);
  return [(user + system) / 1000, result];
}

/** Writes an answer of so many tokens, those that are preferred where they may come; returns the costliest mask. */
function write(constraint: Constraint, preferred: RegExp, tokens: number): number {
  const logits = new Float32Array(VOCABULARY.length);
  let most = 0;
  for (let step = 0; step < tokens && !constraint.mustEnd; step++) {
    logits.fill(0);
    const [ms] = threadMs(() => constraint.mask(logits));
    most = Math.max(most, ms);
    const allowed = [...logits.keys()].filter((token) => logits[token] === 0);
    const better = allowed.filter((token) => preferred.test(VOCABULARY[token].toString()));
    const from = better.length > 0 && step % 4 !== 3 ? better : allowed;
    constraint.accept(from[(step * 7919) % from.length]);
  }
  return most;
}

const grammarOf = (constraint: Constraint): Grammar =>
  (Reflect.get(constraint, 'state') as { grammar: Grammar }).grammar;

describe('costly schemas', () => {
  let constraints: JsonConstraints[];
  beforeAll(() => {
    constraints = [1, 2].map(() => new JsonConstraints(VOCABULARY.length, (token) => VOCABULARY[token]));
  });

  it.each(Object.entries(COSTLY_SCHEMAS))('%s: compiled, followed and kept within bounds', (_, schema) => {
    // The least of two: a collection of garbage may fall into one.
    const runs = constraints.map((each) => threadMs(() => each.make(schema, PREFERENCES.length)));
    expect(Math.min(...runs.map(([ms]) => ms))).toBeLessThan(MAX_MS.compile);
    const [, answers] = runs[0];
    for (const [i, preferred] of PREFERENCES.entries()) {
      expect(write(answers[i], preferred, 40)).toBeLessThan(MAX_MS.mask);
      const grammar = grammarOf(answers[i]);
      expect(grammar.bytes).toBeLessThan(MAX_BYTES);
      const { at } = Reflect.get(answers[i], 'state') as { at: { threads: unknown[] } };
      expect(at.threads.length).toBeLessThanOrEqual(4);
    }
  });

  it.each(Object.entries(REFUSED_SCHEMAS))('%s: refused, soon', (_, schema) => {
    const [ms, error] = threadMs(() => {
      try {
        return jsonGrammar(schema);
      } catch (refusal) {
        return refusal;
      }
    });
    expect(error).toMatchObject({ code: 'invalid_json_schema', status: 422 });
    expect((error as Error).message).toMatch(/more than \d+|too many ways|takes too long|is too large/);
    expect(ms).toBeLessThan(MAX_MS.compile);
  });

  it('never finds at a later token that an answer has too many ways', () => {
    // Each level doubles what a machine without merged ways would follow.
    const schema: JsonSchema = {
      $ref: '#/$defs/a',
      $defs: { a: { anyOf: [2, 3].map((maxItems) => ({ type: 'array', items: { $ref: '#/$defs/a' }, maxItems })) } },
    };
    const [constraint] = constraints[0].make(schema, 1);
    for (let depth = 0; depth < 2000; depth++) constraint.accept(0x5b);
    expect(write(constraint, /[\]]/, 20)).toBeLessThan(MAX_MS.mask);
  });
});
