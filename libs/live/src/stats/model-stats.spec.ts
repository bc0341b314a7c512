import type { EngineStep } from '@frontier/batching';
import { describe, expect, it } from 'vitest';
import { aRecord } from '../testing/live-requests.js';
import { ModelStats } from './model-stats.js';

type StepReport = EngineStep['report'];

function aStep(fields: Partial<StepReport> = {}): StepReport {
  return {
    kind: 'decode',
    tokens: 1,
    durationMs: 1,
    waiting: 0,
    running: 1,
    cacheTokens: 25,
    maxCacheTokens: 100,
    preemptions: 0,
    scheduled: [],
    outputs: [],
    ...fields,
  };
}

function ready(): ModelStats {
  const stats = new ModelStats();
  stats.onState(true);
  return stats;
}

describe(ModelStats, () => {
  it('has no numbers before the model is ready, and gaps for the seconds in which it was not', () => {
    const stats = new ModelStats();
    expect(stats.tick()).toMatchObject({ running: null, out_tps: null, kv: null, ttft_ms: null, prefix_hit: null });
    for (const isReady of [true, false, true]) {
      stats.onState(isReady);
      stats.roll();
    }
    expect(stats.values('running')).toEqual([0, null, 0]);
  });

  it('counts tokens per second over five seconds, the first of an answer among those written', () => {
    const stats = ready();
    const started = { queueMs: 0, prefillMs: 0, promptTokens: 40 };
    const output = { id: 'a', index: 0, text: 'x', generated: 1 };
    stats.onStep(aStep({ kind: 'prefill', tokens: 40, outputs: [{ ...output, started }] }));
    stats.onStep(aStep({ tokens: 9, outputs: [output] }));
    expect(stats.tick()).toMatchObject({ in_tps: 8, out_tps: 2, running: 1, kv: 0.25 });
    for (let second = 0; second < 5; second++) stats.roll();
    stats.onIdle();
    expect(stats.tick()).toMatchObject({ in_tps: 0, out_tps: 0, running: 0, kv: 0 });
  });

  it('knows the share of the prompts that was cached in the last minute, also after a new process began at zero', () => {
    const stats = ready();
    const cache = (queriedTokens: number, hitTokens: number): void =>
      stats.onStep(aStep({ prefixCache: { queriedTokens, hitTokens, bytes: 0, evictedBlocks: 0 } }));
    cache(100, 0);
    cache(200, 80);
    expect(stats.tick().prefix_hit).toBe(0.4);
    stats.onState(true);
    cache(200, 120);
    expect(stats.tick().prefix_hit).toBe(0.5);
    for (let second = 0; second < 60; second++) stats.roll();
    expect(stats.tick().prefix_hit).toBeNull();
  });

  it('measures computed answers alone, and counts where answers came from and who was refused', () => {
    const stats = ready();
    const answer = { status: 200, durationMs: 1050, firstTokenAtMs: 50, completionTokens: 101 };
    for (const cache of ['MISS', 'BYPASS', 'HIT', 'COALESCED'] as const) stats.onRequest(aRecord({ ...answer, cache }));
    for (const status of [503, 429, 422]) stats.onRequest(aRecord({ status }));
    const { ttft_ms: first, itl_ms: between, refused } = stats.tick();
    expect([first![2], between![2], refused]).toEqual([2, 2, 2]);
    expect(first![0] / 50).toBeCloseTo(1, 1);
    expect(between![0] / 10).toBeCloseTo(1, 1);
    const { hit, miss, coalesced } = stats.sources;
    expect([hit.sum, miss.sum, coalesced.sum]).toEqual([1, 1, 1]);
  });
});
