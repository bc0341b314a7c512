import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeEncoderRunner } from '../../testing/fake-encoder-runner.js';
import { EncoderOutputs } from '../chain/encoder-outputs.js';
import type { EncoderItem, EncoderRequest, EncoderStepReport } from '../encoder-types.js';
import { EncoderEngine } from './encoder-engine.js';
import type { EncoderEngineOptions } from './encoder-engine.options.js';

const MEAN = new EncoderOutputs('vector', { pooling: ['mean'], includesPrompt: true, steps: [] }, 2);

function aRequest(id: string, lengths: readonly number[], fields: Partial<EncoderRequest> = {}): EncoderRequest {
  const inputs = lengths.map((length, i) => ({ tokens: new Int32Array(length).fill((i % 99) + 1) }));
  return { id, inputs, output: 'vector', ...fields };
}

describe(EncoderEngine, () => {
  let runner: FakeEncoderRunner;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance'] });
    runner = new FakeEncoderRunner();
  });
  afterEach(() => vi.useRealTimers());

  const anEngine = (options: Partial<EncoderEngineOptions> = {}): EncoderEngine => {
    const model = { runner, outputs: MEAN, vocabSize: 100, typeVocabSize: 2, maxTokens: 64 };
    return new EncoderEngine(model, { maxBatchSize: 4, flushTimeoutMs: 200, ...options });
  };
  /** Works until nothing is left, and skips all waiting. */
  const finish = async (engine: EncoderEngine): Promise<EncoderStepReport[]> => {
    const reports: EncoderStepReport[] = [];
    while (engine.hasWork) {
      const waitMs = (engine.nextStepAt ?? 0) - performance.now();
      if (waitMs > 0) vi.advanceTimersByTime(waitMs);
      const report = await engine.step();
      if (report) reports.push(report);
    }
    return reports;
  };
  const itemsOf = async (engine: EncoderEngine): Promise<EncoderItem[]> =>
    (await finish(engine)).flatMap(({ items }) => items);

  it('starts a pass of two texts when the first has waited for the timeout, and a full one at once', async () => {
    const engine = anEngine();
    engine.add(aRequest('a', [3]));
    const addedAt = performance.now();
    vi.advanceTimersByTime(50);
    engine.add(aRequest('b', [3]));
    expect(engine.nextStepAt).toBe(addedAt + 200);
    vi.advanceTimersByTime(149);
    expect(await engine.step()).toBeUndefined();
    vi.advanceTimersByTime(1);
    expect(await engine.step()).toMatchObject({ rows: 2, tokens: 6, paddedTokens: 16, queued: 0 });
    for (const id of ['c', 'd', 'e', 'f']) engine.add(aRequest(id, [3]));
    expect(engine.nextStepAt).toBe(0);
    expect(await engine.step()).toMatchObject({ rows: 4 });
  });

  it('lets a caller that is alone wait once, and never in vain again', async () => {
    const engine = anEngine();
    engine.add(aRequest('a', [3]));
    expect(engine.nextStepAt).toBeGreaterThan(performance.now());
    await finish(engine);
    engine.add(aRequest('b', [3]));
    expect(engine.nextStepAt).toBe(0);
    engine.add(aRequest('c', [3]));
    await finish(engine);
    engine.add(aRequest('d', [3]));
    expect(engine.nextStepAt).toBeGreaterThan(performance.now());
    engine.add(aRequest('e', [3]));
    expect(engine.nextStepAt).toBe(0);
  });

  it('spreads the texts of one request over passes, and gives each its result', async () => {
    const engine = anEngine();
    const lengths = [3, 9, 5, 2, 12, 7, 4, 1, 6];
    engine.add(aRequest('a', lengths));
    const items = await itemsOf(engine);
    expect(runner.batches.map((batch) => batch.length)).toEqual([4, 4, 1]);
    expect(items.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const { index, values } of items) expect([...values!]).toEqual([index + 1, (lengths[index] - 1) / 2]);
    expect(engine.hasWork).toBe(false);
  });

  it('bounds a pass by the time that tokens took, and computes a longer text alone', async () => {
    const engine = anEngine({ maxBatchSize: 100, passMs: 10 });
    // 5 tokens a millisecond: 50 in a pass.
    runner.onPass = (inputs) => vi.advanceTimersByTime(inputs.reduce((sum, { tokens }) => sum + tokens.length, 0) / 5);
    engine.add(aRequest('a', [50]));
    await finish(engine);
    engine.add(aRequest('b', [60, 20, 20, 20, 20]));
    await finish(engine);
    expect(runner.batches.slice(1)).toEqual([[60], [20, 20], [20, 20]]);
  });

  it('does not pad short texts to a long one', async () => {
    const engine = anEngine({ maxBatchSize: 8 });
    engine.add(aRequest('long', [64]));
    engine.add(aRequest('short', [4, 4, 4, 4, 4, 4]));
    await finish(engine);
    expect(Math.max(...runner.batches.filter((batch) => batch.includes(64)).map((batch) => batch.length))).toBeLessThan(
      4,
    );
  });

  it('gives a single text a place in the next pass beside a request of thousands', async () => {
    const engine = anEngine();
    engine.add(
      aRequest(
        'many',
        Array.from({ length: 2048 }, () => 8),
      ),
    );
    await engine.step();
    await engine.step();
    engine.add(aRequest('one', [8]));
    expect((await engine.step())!.items.map(({ requestId }) => requestId)).toContain('one');
  });

  it('serves callers in turn, and priorities first', async () => {
    const engine = anEngine({ maxBatchSize: 1, passMs: 512 });
    runner.onPass = () => vi.advanceTimersByTime(8);
    engine.add(aRequest('low', [8], { priority: 'low', caller: 'c' }));
    engine.add(aRequest('a1', [8, 8, 8], { caller: 'a' }));
    engine.add(aRequest('a2', [8, 8, 8], { caller: 'a' }));
    engine.add(aRequest('b', [8, 8], { caller: 'b' }));
    const order = (await itemsOf(engine)).map(({ requestId }) => requestId[0]).join('');
    expect(order).toBe('ababaaaal');
  });

  it('leaves a cancelled request out of the pass, and drops the results of one that a pass has', async () => {
    const engine = anEngine({ flushTimeoutMs: 0 });
    const removed: string[] = [];
    engine.add(aRequest('a', [3]));
    engine.add(aRequest('b', [3]));
    engine.cancel('a', () => removed.push('a'));
    expect(removed).toEqual(['a']);
    engine.add(aRequest('c', [3]));
    runner.onPass = () => {
      engine.cancel('b', () => removed.push('b'));
      expect(removed).toEqual(['a']);
    };
    const report = await engine.step();
    expect(runner.batches).toEqual([[3, 3]]);
    expect(report!.items.map(({ requestId, values }) => [requestId, values !== undefined])).toEqual([
      ['b', false],
      ['c', true],
    ]);
    // The report with its cost goes first.
    expect([removed, engine.hasWork, engine.nextStepAt]).toEqual([['a'], true, 0]);
    expect(await engine.step()).toBeUndefined();
    expect([removed, engine.hasWork]).toEqual([['a', 'b'], false]);
  });

  it('ends a request, and no other, with a text whose vector is not finite', async () => {
    const engine = anEngine({ flushTimeoutMs: 0 });
    runner.poison = 2;
    engine.add(aRequest('a', [9, 8, 7, 3, 3]));
    engine.add(aRequest('b', [3]));
    const items = await itemsOf(engine);
    expect(items.map(({ requestId, index, values, error }) => [requestId, index, error?.code ?? !!values])).toEqual([
      ['a', 0, true],
      ['b', 0, true],
      ['a', 1, 'engine_error'],
      ['a', 2, false],
    ]);
    expect(runner.batches).toHaveLength(1);
  });

  it('fails all texts of a pass that throws, and goes on', async () => {
    const engine = anEngine({ flushTimeoutMs: 0 });
    runner.onPass = () => {
      throw new Error('out of memory');
    };
    engine.add(aRequest('b', [3, 3]));
    const failed = (await itemsOf(engine)).map(({ error }) => error?.message);
    expect(failed).toEqual(['The pass failed: out of memory', undefined]);
    expect(engine.hasWork).toBe(false);
    runner.onPass = () => {};
    engine.add(aRequest('b', [3]));
    expect((await itemsOf(engine))[0].values).toBeDefined();
  });

  it.each([
    ['no text', aRequest('a', []), 'invalid_request'],
    ['an empty text', aRequest('a', [3, 0]), 'invalid_request'],
    ['one token too many', aRequest('a', [65]), 'context_length_exceeded'],
    ['an unknown token', { ...aRequest('a', []), inputs: [{ tokens: Int32Array.of(5, 100) }] }, 'invalid_request'],
    ['an output that the model does not have', aRequest('a', [3], { output: 'logits' }), 'invalid_request'],
  ])('refuses %s', (_, request, code) => {
    const engine = anEngine();
    expect(() => engine.add(request)).toThrow(expect.objectContaining({ code }));
    expect(engine.hasWork).toBe(false);
    engine.add(aRequest('longest', [64]));
  });

  it('refuses requests when its queue is full', () => {
    const engine = anEngine({ maxWaiting: 2 });
    for (const id of ['a', 'b']) engine.add(aRequest(id, [3]));
    expect(() => engine.add(aRequest('c', [3]))).toThrow(expect.objectContaining({ code: 'overloaded' }));
  });

  it('gives every text one result, whatever comes and goes', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ sizes, caller: fc.constantFrom('x', 'y'), cancel: fc.boolean() })),
        async (all) => {
          const engine = anEngine();
          for (const [i, request] of all.entries())
            engine.add(aRequest(String(i), request.sizes, { caller: request.caller }));
          for (const [i, { cancel }] of all.entries()) if (cancel) engine.cancel(String(i));
          const items = await itemsOf(engine);
          const found = items.map(({ requestId, index }) => `${requestId} ${index}`).toSorted();
          const wanted = all.flatMap((request, i) =>
            request.cancel ? [] : request.sizes.map((_, index) => `${i} ${index}`),
          );
          expect(found).toEqual(wanted.toSorted());
        },
      ),
      { numRuns: 50 },
    );
  });
});
