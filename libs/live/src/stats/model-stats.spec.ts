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
    stats.onStep({ report: aStep({ kind: 'prefill', tokens: 40, outputs: [{ ...output, started }] }) });
    stats.onStep({ report: aStep({ tokens: 9, outputs: [output] }) });
    expect(stats.tick()).toMatchObject({ in_tps: 8, out_tps: 2, running: 1, kv: 0.25 });
    for (let second = 0; second < 5; second++) stats.roll();
    stats.onIdle({});
    expect(stats.tick()).toMatchObject({ in_tps: 0, out_tps: 0, running: 0, kv: 0 });
  });

  it('knows the share of the prompts that was cached in the last minute, also after a new process began at zero', () => {
    const stats = ready();
    const cache = (queriedTokens: number, hitTokens: number): void =>
      stats.onStep({ report: aStep({ prefixCache: { queriedTokens, hitTokens, bytes: 0, evictedBlocks: 0 } }) });
    cache(100, 0);
    cache(200, 80);
    expect(stats.tick().prefix_hit).toBe(0.4);
    stats.onState(true);
    cache(200, 120);
    expect(stats.tick().prefix_hit).toBe(0.5);
    for (let second = 0; second < 60; second++) stats.roll();
    expect(stats.tick().prefix_hit).toBeNull();
  });

  it('keeps the engine that leaves and the one that takes its place apart', () => {
    const stats = ready();
    const step = (process: number, running: number, queriedTokens: number, hitTokens: number): void => {
      const report = aStep({ running, prefixCache: { queriedTokens, hitTokens, bytes: 0, evictedBlocks: 0 } });
      stats.onStep({ process, report: { ...report, cacheTokens: 10 * process } });
    };
    step(1, 3, 1000, 500);
    stats.onQueue({ queue: 1, waiting: 4 });
    stats.onState(true);
    for (let pass = 1; pass <= 5; pass++) {
      step(2, 2, 20 * pass, 10 * pass);
      step(1, 3, 1000, 500);
      stats.onQueue({ queue: 2, waiting: 1 });
      stats.onQueue({ queue: 1, waiting: 4 });
    }
    expect(stats.tick()).toMatchObject({ running: 5, waiting: 5, kv: 0.2, prefix_hit: 0.5 });
    const { queried } = stats as unknown as { queried: { sum: number } };
    expect(queried.sum).toBe(1100);
    stats.onIdle({ process: 1 });
    stats.onQueue({ queue: 1, waiting: 0 });
    expect(stats.tick()).toMatchObject({ running: 2, waiting: 1, kv: 0.2 });
    stats.onIdle({ process: 2, hasEnded: true });
    stats.onIdle({ process: 1, hasEnded: true });
    expect(stats.tick()).toMatchObject({ running: 0, kv: null });
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
