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

  it('waits for others once, and computes rows of several requests in one pass', async () => {
    const runner = new FakeRunner();
    const engine = new TensorEngine(runner, { maxBatchSize: 8, flushTimeoutMs: 30 });
    engine.add(aRequest('a', [1, 2]));
    expect(engine.nextStepAt).toBe(performance.now() + 30);
    engine.add(aRequest('b', [3, 4, 5, 6]));
    const [{ items, rows }] = await finish(engine);
    expect([rows, items.map(({ outputs }) => [...(outputs![0].data as Float32Array)])]).toEqual([3, [[3], [7, 11]]]);
    expect(items[1].outputs![0].dims).toEqual([2]);
    // Rows alone and in passes of two, three and eight came before; then nothing more is proven.
    expect(runner.passes).toEqual([1, 1, 1, 2, 3, 8, 3]);
    engine.add(aRequest('c', [1, 2]));
    engine.add(aRequest('d', [1, 2]));
    await finish(engine);
    expect(runner.passes.slice(7)).toEqual([2]);
  });

  it('computes each request alone where rows depend on each other, and lets nobody wait for others then', async () => {
    const runner = new FakeRunner(true);
    const engine = new TensorEngine(runner, { maxBatchSize: 8 });
    engine.add(aRequest('a', [1, 2]));
    engine.add(aRequest('b', [30, 40]));
    const items = await itemsOf(engine);
    for (const id of ['a', 'b']) expect([...(items.get(id)!.outputs![0].data as Float32Array)]).toEqual([0]);
    engine.add(aRequest('c', [1, 2]));
    expect(engine.nextStepAt).toBe(0);
  });

  it('fails the request whose values cannot be computed with, and no other of its pass', async () => {
    const engine = new TensorEngine(new FakeRunner(), { maxBatchSize: 8 });
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
        rows: fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 4 }),
        caller: fc.constantFrom('a', 'b'),
        steps: fc.nat({ max: 2 }),
        cancels: fc.boolean(),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(requests, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (all, mixes, maxBatchSize) => {
        const engine = new TensorEngine(new FakeRunner(mixes), { maxBatchSize });
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
