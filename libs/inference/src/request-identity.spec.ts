import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GenerateRequest } from './generate-request.js';
import { canonicalJson, requestIdentity } from './request-identity.js';

const MODEL = { name: 'storyteller', revision: undefined };
const INFO = { defaults: { temperature: 0.8, maxNewTokens: 64 }, fingerprint: 'f' } as never;
const GREEDY: GenerateRequest = { prompt: 'Tom', params: { temperature: 0 } };
const keyOf = (request: GenerateRequest, model = MODEL, info = INFO): string | undefined =>
  requestIdentity(request, model, info)?.key;

describe(requestIdentity, () => {
  it('is only for answers that are always the same', () => {
    expect(keyOf({ prompt: 'Tom' })).toBeUndefined();
    expect(keyOf({ prompt: 'Tom', params: { temperature: 1 } })).toBeUndefined();
    expect(keyOf({ prompt: 'Tom', params: { temperature: 1, seed: 0 } })).toMatch(/^[0-9a-f]{64}$/);
    expect(keyOf(GREEDY)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[string, Partial<GenerateRequest>]>([
    ['the alias', { model: 'gpt-4o' }],
    ['the priority', { priority: 'low' }],
    ['how long the caller waits', { maxWaitMs: 5 }],
    ['what he thinks of the cache', { cache: { maxAgeMs: 5 } }],
    ['a default that is spelled out', { params: { temperature: 0, maxNewTokens: 64 } }],
  ])('does not depend on %s', (_, change) => {
    expect(keyOf({ ...GREEDY, ...change })).toBe(keyOf(GREEDY));
  });

  it('depends on everything else, also on what it does not know', () => {
    const keys = [
      keyOf(GREEDY),
      keyOf({ ...GREEDY, prompt: 'Tim' }),
      keyOf({ ...GREEDY, n: 2 }),
      keyOf({ ...GREEDY, caller: { id: 'team' } }),
      keyOf({ ...GREEDY, params: { temperature: 0, logitBias: new Map([[1, 2]]) } }),
      keyOf({ ...GREEDY, params: { temperature: 0, logitBias: new Map([[2, 1]]) } }),
      keyOf({ ...GREEDY, grammar: 'json' } as GenerateRequest),
      keyOf(GREEDY, { name: 'other', revision: undefined }),
      keyOf(GREEDY, { name: 'storyteller', revision: '2' } as never),
      keyOf(GREEDY, MODEL, { ...(INFO as object), fingerprint: 'g' } as never),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe(canonicalJson, () => {
  it('does not depend on the order of keys, and means the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain);
        expect(canonicalJson(reversed(plain))).toBe(canonicalJson(plain));
      }),
    );
  });

  it('tells different values apart', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [one, other] = [a, b].map((value) => JSON.parse(JSON.stringify(value)) as unknown);
        const same = JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
        expect(canonicalJson(one) === canonicalJson(other)).toBe(same);
      }),
    );
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, member]) => [key, reversed(member)]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, sorted(member)]);
}
