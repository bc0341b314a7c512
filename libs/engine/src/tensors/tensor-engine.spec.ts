import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TensorEngine } from './tensor-engine.js';
import type { NamedTensor, TensorItem, TensorRequest, TensorStepReport } from './tensor.js';
import type { TensorRunner } from './tensor-runner.js';

/** Rows of two numbers, and their sum; or their sum less that of all rows. */
class FakeRunner implements TensorRunner {
  readonly signature = {
    inputs: [{ name: 'x', type: 'float32', dims: ['batch', 2] }],
    outputs: [{ name: 'sum', type: 'float32', dims: ['batch'] }],
  } as const;
  readonly mixesRows = false;
  /** Rows of each pass, proofs included. */
  readonly passes: number[] = [];
  onPass: (rows: number) => void = () => {};

  constructor(private readonly mixes = false) {}

  async run([{ dims, data }]: readonly NamedTensor[], outputs: readonly string[]): Promise<NamedTensor[]> {
    const values = data as Float32Array;
    this.passes.push(dims[0]);
    this.onPass(dims[0]);
    if (values.includes(666)) throw new Error('no such place');
    const all = this.mixes ? values.reduce((sum, value) => sum + value, 0) : 0;
    const sums = Float32Array.from({ length: dims[0] }, (_, row) => values[2 * row] + values[2 * row + 1] - all);
    return outputs.map((name) => ({ name, type: 'float32', dims: [dims[0]], data: sums }));
  }

  async release(): Promise<void> {}
}

function aRequest(id: string, values: readonly number[], fields: Partial<TensorRequest> = {}): TensorRequest {
  const data = Float32Array.from(values);
  return { id, inputs: [{ name: 'x', type: 'float32', dims: [values.length / 2, 2], data }], ...fields };
}

describe(TensorEngine, () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
  afterEach(() => void vi.useRealTimers());

  const finish = async (engine: TensorEngine): Promise<TensorStepReport[]> => {
    const reports: TensorStepReport[] = [];
    while (engine.hasWork) {
      const waitMs = (engine.nextStepAt ?? 0) - performance.now();
      if (waitMs > 0) vi.advanceTimersByTime(waitMs);
      const report = await engine.step();
      if (report) reports.push(report);
    }
    return reports;
  };
  const itemsOf = async (engine: TensorEngine): Promise<Map<string, TensorItem>> =>
    new Map((await finish(engine)).flatMap(({ items }) => items).map((item) => [item.requestId, item]));

  const SHARED = { maxBatchSize: 8, sharesRows: true };
  const addPair = (engine: TensorEngine, name: string): void => {
    engine.add(aRequest(`${name}1`, [1, 2]));
    engine.add(aRequest(`${name}2`, [30, 40]));
  };
  const sumsOf = (items: Map<string, TensorItem>, ...ids: string[]): number[] =>
    ids.map((id) => (items.get(id)!.outputs![0].data as Float32Array)[0]);

  it('shares passes of a shape once it could have done so three times and it is proven, in sizes that are proven', async () => {
    const runner = new FakeRunner();
    const engine = new TensorEngine(runner, { ...SHARED, flushTimeoutMs: 30 });
    engine.add(aRequest('a', [1, 2]));
    expect(engine.nextStepAt).toBe(performance.now() + 30);
    await finish(engine);
    for (const name of ['b', 'c']) {
      addPair(engine, name);
      expect(sumsOf(await itemsOf(engine), `${name}1`, `${name}2`)).toEqual([3, 70]);
    }
    // One after the other so far.
    expect(runner.passes).toEqual([1, 1, 1, 1, 1]);
    addPair(engine, 'd');
    expect(sumsOf(await itemsOf(engine), 'd1', 'd2')).toEqual([3, 70]);
    // Rows alone, two of them, and then the requests.
    expect(runner.passes.slice(5)).toEqual([1, 1, 1, 2, 2]);
    for (let i = 0; i < 7; i++) engine.add(aRequest(`e${i}`, [i, 1]));
    const reports = await finish(engine);
    expect(reports.map(({ rows }) => rows)).toEqual([4, 2, 1]);
    expect(runner.passes.slice(10)).toEqual([1, 1, 1, 4, 4, 2, 1]);
  });

  it('computes each request alone where rows depend on each other, and lets nobody wait for others then', async () => {
    const runner = new FakeRunner(true);
    const engine = new TensorEngine(runner, SHARED);
    for (const name of ['a', 'b', 'c', 'd']) {
      addPair(engine, name);
      expect(sumsOf(await itemsOf(engine), `${name}1`, `${name}2`)).toEqual([0, 0]);
    }
    engine.add(aRequest('e', [1, 2]));
    expect(engine.nextStepAt).toBe(0);
  });

  it.each([
    ['the operator did not say that rows are independent', { maxBatchSize: 8 }, [1, 2]],
    ['a request has rows of its own', SHARED, [1, 2, 3, 4]],
  ])('shares nothing where %s', async (_, options, values) => {
    const runner = new FakeRunner();
    const engine = new TensorEngine(runner, options);
    for (let i = 0; i < 12; i++) {
      engine.add(aRequest(`a${i}`, values));
      if (i % 3 === 2) await finish(engine);
    }
    expect(new Set(runner.passes)).toEqual(new Set([values.length / 2]));
  });

  it('refuses outputs that would take long to hand on', async () => {
    const runner = new FakeRunner();
    runner.run = async () => [{ name: 'sum', type: 'uint8', dims: [1], data: new Uint8Array(2 ** 24 + 1) }];
    const engine = new TensorEngine(runner, SHARED);
    engine.add(aRequest('a', [1, 2]));
    expect((await itemsOf(engine)).get('a')).toMatchObject({
      error: { message: expect.stringContaining('have 16777217 bytes') as string },
    });
  });

  it('fails the request whose values cannot be computed with, and no other of its pass', async () => {
    const engine = new TensorEngine(new FakeRunner(), SHARED);
    for (const [id, values] of [
      ['a', [1, 2]],
      ['bad', [666, 0]],
      ['b', [3, 4]],
    ] as const)
      engine.add(aRequest(id, values));
    const items = await itemsOf(engine);
    expect(items.get('bad')).toMatchObject({
      error: { code: 'invalid_request', message: 'The model cannot compute with these tensors: no such place' },
    });
    expect([items.get('a')?.error, items.get('b')?.error]).toEqual([undefined, undefined]);
  });

  it('serves priorities first, and callers in turn', async () => {
    const runner = new FakeRunner();
    runner.onPass = () => vi.advanceTimersByTime(5);
    const engine = new TensorEngine(runner, { maxBatchSize: 1 });
    engine.add(aRequest('low', [1, 2], { caller: 'c', priority: 'low' }));
    for (const id of ['a1', 'a2', 'a3']) engine.add(aRequest(id, [1, 2], { caller: 'a' }));
    engine.add(aRequest('b1', [1, 2], { caller: 'b' }));
    const order = (await finish(engine)).flatMap(({ items }) => items.map(({ requestId }) => requestId));
    expect(order).toEqual(['a1', 'b1', 'a2', 'a3', 'low']);
  });

  it('leaves a cancelled request out, and drops the result of one that a pass has', async () => {
    const runner = new FakeRunner();
    const engine = new TensorEngine(runner, { maxBatchSize: 1 });
    const removed: string[] = [];
    engine.add(aRequest('a', [1, 2]));
    engine.add(aRequest('b', [1, 2]));
    engine.cancel('a', () => removed.push('a'));
    expect(removed).toEqual(['a']);
    runner.onPass = () => engine.cancel('b', () => removed.push('b'));
    const report = await engine.step();
    expect([report!.items, removed]).toEqual([[{ requestId: 'b' }], ['a']]);
    await finish(engine);
    expect(removed).toEqual(['a', 'b']);
  });

  it.each([
    ['another name', { name: 'z' }, 'there is no input "x": it takes x'],
    ['another type', { type: 'float64', data: new Float64Array(2) }, '"x" must be of the type float32'],
    ['another rank', { dims: [2] }, '"x" must have the shape [-1, 2]'],
    ['another length', { dims: [1, 3], data: new Float32Array(3) }, '"x" must have the shape [-1, 2]'],
    ['no row', { dims: [0, 2], data: new Float32Array() }, '"x" has no element'],
    ['fewer elements', { dims: [2, 2] }, 'the shape of "x" has 4 elements, and its data 2'],
  ] as const)('refuses an input of %s', (_, fields, reason) => {
    const engine = new TensorEngine(new FakeRunner(), { maxBatchSize: 1 });
    const [input] = aRequest('a', [1, 2]).inputs;
    const request = { id: 'a', inputs: [{ ...input, ...fields } as NamedTensor] };
    expect(() => engine.add(request)).toThrow(
      expect.objectContaining({ message: `The request is invalid: ${reason}.` }),
    );
    expect(() => engine.add(aRequest('b', [1, 2], { outputs: ['product'] }))).toThrow(
      /there is no output "product": there are sum/,
    );
    expect(engine.hasWork).toBe(false);
  });

  it('gives every request what it gets alone, whatever comes and goes', async () => {
    const value = fc.constantFrom(0.5, 1, 7, 666);
    const requests = fc.array(
      fc.record({
        rows: fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 2 }),
        caller: fc.constantFrom('a', 'b'),
        steps: fc.nat({ max: 2 }),
        cancels: fc.boolean(),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(requests, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (all, mixes, maxBatchSize) => {
        const engine = new TensorEngine(new FakeRunner(mixes), { maxBatchSize, sharesRows: true });
        const items = new Map<string, TensorItem>();
        const take = (report: TensorStepReport | undefined): void => {
          for (const item of report?.items ?? []) items.set(item.requestId, item);
        };
        for (const [i, { rows, caller, steps }] of all.entries()) {
          engine.add(aRequest(String(i), rows.flat(), { caller }));
          for (let step = 0; step < steps; step++) {
            vi.advanceTimersByTime(15);
            take(await engine.step());
          }
        }
        for (const [i, { cancels }] of all.entries()) if (cancels) engine.cancel(String(i));
        for (const report of await finish(engine)) take(report);
        for (const [i, { rows, cancels }] of all.entries()) {
          const item = items.get(String(i));
          if (!item && cancels) continue;
          const alone = await new FakeRunner(mixes)
            .run(aRequest('', rows.flat()).inputs, ['sum'])
            .catch(() => undefined);
          expect(item!.outputs).toEqual(alone);
          expect(item!.error === undefined).toBe(alone !== undefined);
        }
      }),
    );
  });
});
