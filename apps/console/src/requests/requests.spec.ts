import { describe, expect, it } from 'vitest';
import type { LiveRequest } from '../live/live-events.js';
import { lifeOf } from '../life-bar/life.js';
import { phaseRows } from './phase-rows.js';
import { filterRequests, type RequestFilter } from './request-filter.js';

const request = (changes: Partial<LiveRequest>): LiveRequest => ({
  id: 'a',
  model: 'storyteller',
  op: 'chat',
  priority: null,
  at: 0,
  seg: [
    ['checks', 0],
    ['queue', 2],
    ['prompt', 300],
    ['tokens', 1000],
  ],
  samples: [],
  prompt_tokens: 512,
  prefilled: 512,
  cached_tokens: 0,
  generated: 284,
  max_tokens: 512,
  cache: 'MISS',
  end: { ms: 4000, status: 200, reason: 'length' },
  ...changes,
});

describe(filterRequests, () => {
  const all = [
    ...Array.from({ length: 18 }, (_, i) =>
      request({ id: `fast${i}`, end: { ms: 100 + i, status: 200, reason: 'stop' } }),
    ),
    request({ id: 'slow', end: { ms: 9000, status: 200, reason: 'stop' } }),
    request({ id: 'failed', client: 'team', end: { ms: 10, status: 500, reason: 'error', error: 'engine_error' } }),
    request({ id: 'hit', cache: 'HIT', model: 'other', end: { ms: 1, status: 200, reason: 'stop' } }),
    request({ id: 'running', end: undefined }),
  ];
  const ids = (changes: Partial<RequestFilter>): string[] =>
    filterRequests(all, { kind: 'all', model: '', client: '', text: '', ...changes }).map(({ id }) => id);

  it('lets through what is asked for, of those that have ended', () => {
    expect(ids({})).toHaveLength(21);
    expect(ids({ kind: 'slow' })).toEqual(['fast16', 'fast17', 'slow']);
    expect(ids({ kind: 'failed' })).toEqual(['failed']);
    expect(ids({ kind: 'cached' })).toEqual(['hit']);
    expect(ids({ model: 'other' })).toEqual(['hit']);
    expect(ids({ client: 'team' })).toEqual(['failed']);
    expect(ids({ text: ' ENGINE_ERR' })).toEqual(['failed']);
  });
});

describe(phaseRows, () => {
  it('says why each phase took its time', () => {
    const one = request({ place: 3, cached_tokens: 64 });
    const rows = phaseRows(one, lifeOf(one, 0));
    expect(rows.map(({ phase, ms, tokens, why }) => [phase, ms, tokens, why])).toEqual([
      ['checks', 2, null, 'key, limits, body, text to tokens'],
      ['queue', 298, null, '2 were before it'],
      ['prompt', 700, '512 of 512', '64 of 512 from the prefix cache'],
      ['tokens', 3000, '284', 'the limit of tokens'],
    ]);
    expect(rows[2].rate).toBeCloseTo(640);
  });

  it('names the error where it was', () => {
    const one = request({ end: { ms: 4000, status: 500, reason: 'error', error: 'engine_error' } });
    expect(phaseRows(one, lifeOf(one, 0)).at(-1)!.why).toBe('engine_error (500)');
  });
});
