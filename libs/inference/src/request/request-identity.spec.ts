import { resolveSamplingParams } from '@frontier/engine';
import { describe, expect, it } from 'vitest';
import type { GenerateRequest } from './generate-request.js';
import { requestIdentity } from './request-identity.js';

const MODEL = { name: 'storyteller', revision: undefined };
const INFO = { defaults: { topP: 0.9 }, fingerprint: 'f', contextLength: 100 };
const GREEDY: GenerateRequest = { prompt: 'Tom', params: { temperature: 0 } };
const keyOf = (request: GenerateRequest, model = MODEL, info = INFO): string | undefined =>
  requestIdentity(request, resolveSamplingParams(info.defaults, request.params), model, info)?.key;

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
    ['its cache directives', { cache: { maxAgeMs: 5 } }],
    ['a default that is spelled out', { n: 1, params: { topP: 0.9, maxNewTokens: 64, temperature: 0 } }],
  ])('does not depend on %s', (_, change) => {
    expect(keyOf({ ...GREEDY, ...change })).toBe(keyOf(GREEDY));
  });

  it('depends on everything else, also on what it does not know', () => {
    const keys = [
      keyOf(GREEDY),
      keyOf({ ...GREEDY, prompt: 'Tim' }),
      keyOf({ ...GREEDY, n: 2 }),
      keyOf({ ...GREEDY, principal: { id: 'team' } }),
      keyOf({ ...GREEDY, params: { temperature: 0, logitBias: new Map([[1, 2]]) } }),
      keyOf({ ...GREEDY, params: { temperature: 0, logitBias: new Map([[2, 1]]) } }),
      keyOf({ ...GREEDY, grammar: 'json' } as GenerateRequest),
      keyOf(GREEDY, { name: 'other', revision: undefined }),
      keyOf(GREEDY, { name: 'storyteller', revision: '2' } as never),
      keyOf(GREEDY, MODEL, { ...INFO, fingerprint: 'g' }),
      keyOf(GREEDY, MODEL, { ...INFO, contextLength: 50 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
