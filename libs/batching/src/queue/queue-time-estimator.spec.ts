import type { Priority, StepReport } from '@frontier/engine';
import { describe, expect, it } from 'vitest';
import type { PendingRequest } from './pending-requests.js';
import { QueueTimeEstimator } from './queue-time-estimator.js';

const step = (kind: StepReport['kind'], tokens: number, durationMs: number): StepReport =>
  ({ kind, tokens, durationMs }) as StepReport;

/** An engine that reads a token in 1 ms and writes one in 10 ms. */
function measured(maxBatchSize: number): QueueTimeEstimator {
  const estimator = new QueueTimeEstimator(maxBatchSize);
  for (let i = 0; i < 20; i++) {
    estimator.observe(step('prefill', 32, 32));
    estimator.observe(step('decode', 4, 40));
  }
  return estimator;
}

function aRequest(
  isWaiting: boolean,
  {
    answerTokens = 10,
    generated = 0,
    priority = 'normal',
    caller = 'me',
  }: { answerTokens?: number; generated?: number; priority?: Priority; caller?: string } = {},
): PendingRequest {
  const cost = { caller, answers: 1, promptTokens: 5, answerTokens, maxTokens: 5 + answerTokens };
  return {
    work: { type: 'submit', request: { id: '', prompt: [], priority }, generation: { isWaiting } as never },
    cost,
    queued: isWaiting ? { ...cost } : { answers: 0, promptTokens: 0, maxTokens: 0 },
    open: 1,
    generated,
    lost: 0,
    addedAt: 0,
    waitedMs: 0,
  };
}

describe(QueueTimeEstimator.name, () => {
  it('knows nothing before the first pass', () => {
    expect(new QueueTimeEstimator(1).estimateMs([aRequest(false), aRequest(true)], 'normal', 'me')).toBe(0);
  });

  it('counts only the prompts before it while the batch has room', () => {
    expect(measured(8).estimateMs([], 'normal', 'me')).toBe(0);
    expect(measured(8).estimateMs([aRequest(false), aRequest(true), aRequest(true)], 'normal', 'me')).toBeCloseTo(10);
  });

  it('counts the answers before it when the batch is full, after the first that ends', () => {
    const running = [aRequest(false, { generated: 4 }), aRequest(false, { generated: 7 })];
    // The next place is free when two sequences have written three more tokens each.
    expect(measured(2).estimateMs(running, 'normal', 'me')).toBeCloseTo(60);
    expect(measured(2).estimateMs([...running, aRequest(true)], 'normal', 'me')).toBeCloseTo(60 + 5 + 100);
  });

  it('passes over those of a lower class', () => {
    const pending = [
      aRequest(false, { generated: 9 }),
      aRequest(true, { priority: 'low' }),
      aRequest(true, { priority: 'high' }),
    ];
    const waits = (['high', 'normal', 'low'] as const).map((priority) =>
      measured(1).estimateMs(pending, priority, 'me'),
    );
    // The running one is of a lower class than `high`, and makes room for it at once.
    expect(waits[0]).toBeCloseTo(105);
    expect(waits[1]).toBeCloseTo(115);
    expect(waits[2]).toBeCloseTo(220);
  });

  it('takes the places of those of a lower class for free', () => {
    const jobs = [aRequest(false, { priority: 'low', answerTokens: 1000 }), aRequest(false, { priority: 'low' })];
    expect(measured(2).estimateMs(jobs, 'normal', 'me')).toBe(0);
    expect(measured(2).estimateMs(jobs, 'low', 'me')).toBeGreaterThan(100);
  });

  it('follows an engine that becomes slower', () => {
    const estimator = measured(1);
    for (let i = 0; i < 500; i++) estimator.observe(step('decode', 4, 80));
    expect(estimator.estimateMs([aRequest(false, { generated: 9 })], 'normal', 'me')).toBeCloseTo(20, 0);
  });

  it('counts no more of the work of others than of the own', () => {
    const flood = Array.from({ length: 100 }, () => aRequest(true, { caller: 'flood' }));
    const running = [aRequest(false, { caller: 'flood' }), aRequest(false, { caller: 'flood' })];
    const pending = [...running, ...flood];
    expect(measured(2).estimateMs(pending, 'normal', 'late')).toBe(0);
    expect(measured(2).estimateMs(pending, 'normal', 'flood')).toBeGreaterThan(100 * 105);
    const own = [aRequest(true, { caller: 'late' }), aRequest(true, { caller: 'late' })];
    expect(measured(2).estimateMs([...pending, ...own], 'normal', 'late')).toBeCloseTo(2 * 2 * 105);
  });

  it('lets a text of an encoder wait for no more of a request of thousands than it has itself', () => {
    const inputs = Array.from({ length: 2000 }, () => ({ tokens: new Int32Array(20) }));
    const many: PendingRequest = {
      ...aRequest(false),
      work: {
        type: 'encode',
        request: { id: '', inputs, output: 'vector', priority: 'normal' },
        generation: {} as never,
      },
      queued: { answers: 63, promptTokens: 40_000, maxTokens: 40_000 },
      open: 2000,
    };
    const estimator = new QueueTimeEstimator(32);
    estimator.observeEncoding({ items: [], rows: 2, tokens: 40, paddedTokens: 40, passMs: 40, queued: 0 });
    const waitMs = (promptTokens?: number): number => estimator.estimateMs([many], 'normal', 'me', promptTokens);
    expect(waitMs(16)).toBeCloseTo(20);
    expect(waitMs(300)).toBeCloseTo(300);
    expect(waitMs()).toBeCloseTo(40_000);
  });
});
