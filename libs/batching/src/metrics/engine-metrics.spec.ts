import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type EngineIdle,
  engineIdleChannel,
  type EngineQueue,
  engineQueueChannel,
  engineStateChannel,
  engineStepChannel,
} from '../channels/engine-channels.js';
import { EngineMetrics } from './engine-metrics.js';
import { PrefixCacheMetrics } from './prefix-cache-metrics.js';

const model = 'replaced';

/** A counter or gauge. */
interface Metric {
  get(): Promise<{ values: { value: number }[] }>;
  reset(): void;
}

function step(process: number | undefined, count: number): void {
  const prefixCache = { queriedTokens: 10 * count, hitTokens: count, bytes: 100, evictedBlocks: count };
  const cache = { cacheTokens: 10, maxCacheTokens: 10 * (process ?? 1), preemptions: count, prefixCache };
  const batch = { kind: 'decode', tokens: 1, durationMs: 1, waiting: 0, running: 1, scheduled: [], outputs: [] };
  engineStepChannel.publish({ model, process, report: { ...batch, ...cache } });
}

const idle = (fields: Partial<EngineIdle>): void => engineIdleChannel.publish({ model, ...fields });
const queue = (fields: Partial<EngineQueue>): void => engineQueueChannel.publish({ model, ...fields });

describe('metrics of a model whose engine is replaced', () => {
  const [engine, prefixCache] = [new EngineMetrics(), new PrefixCacheMetrics()];
  beforeEach(() => {
    for (const one of [engine, prefixCache]) one.onModuleInit();
  });
  afterEach(() => {
    for (const one of [engine, prefixCache]) one.onApplicationShutdown();
    for (const metric of [...Object.values(engine), ...Object.values(prefixCache)] as Partial<Metric>[])
      metric.reset?.();
  });

  const valueOf = async (metrics: EngineMetrics | PrefixCacheMetrics, name: string): Promise<number> => {
    const { values } = await (Reflect.get(metrics, name) as Metric).get();
    return values[0].value;
  };

  it('compare the counters of each process with its own, and add up what both do', async () => {
    step(1, 50);
    engineStateChannel.publish({ model, state: { phase: 'ready' } });
    queue({ queue: 1, waiting: 3 });
    for (let count = 1; count <= 4; count++) {
      step(2, count);
      step(1, 50);
      queue({ queue: 2, waiting: 2 });
    }
    expect(await valueOf(engine, 'preemptions')).toBe(54);
    expect(await valueOf(prefixCache, 'queried')).toBe(540);
    expect(await valueOf(prefixCache, 'evicted')).toBe(54);
    expect(await valueOf(prefixCache, 'bytes')).toBe(200);
    expect(await valueOf(engine, 'cacheUsage')).toBe(0.5);
    expect(await valueOf(engine, 'queueDepth')).toBe(5);
    idle({ process: 1 });
    queue({ queue: 1, waiting: 0 });
    expect(await valueOf(engine, 'cacheUsage')).toBe(0.5);
    expect(await valueOf(engine, 'batches')).toBe(1);
    expect(await valueOf(engine, 'queueDepth')).toBe(2);
    idle({ process: 1, hasEnded: true });
    expect(await valueOf(prefixCache, 'bytes')).toBe(100);
    idle({ process: 2, hasEnded: true });
    expect(await valueOf(engine, 'cacheUsage')).toBe(0);
    expect(await valueOf(engine, 'batches')).toBe(0);
  });

  it('begin at zero with each process of an engine that gives them no numbers', async () => {
    step(undefined, 5);
    engineStateChannel.publish({ model, state: { phase: 'restarting', reason: 'ended' } });
    step(undefined, 5);
    expect(await valueOf(engine, 'preemptions')).toBe(10);
    expect(await valueOf(prefixCache, 'queried')).toBe(100);
  });
});
