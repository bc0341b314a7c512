import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { AnyModelInfo } from '@frontier/engine';
import type { EngineState } from '../channels/engine-channels.js';
import type { ModelEngine, ModelEngineOptions } from '../engine/model-engine.js';
import { createDeadline } from '../generation/deadline.js';
import { MemoryBudget } from './memory-budget.js';
import { ModelSlot } from './model-slot.js';
import type { Residency } from './residency.js';

const ON_DEMAND: Residency = { policy: 'on_demand' };
const READY: EngineState = { phase: 'ready', info: { kind: 'decoder', warnings: [] } as unknown as AnyModelInfo };
const FAILED: EngineState = {
  phase: 'failed',
  error: { code: 'model_invalid', message: 'It is damaged.', status: 500 },
};
const ANY_TIME = createDeadline();

/** An engine whose state a test sets. */
class FakeEngine {
  state: EngineState = { phase: 'loading' };
  unfinished = 0;
  readonly pids = [];
  readonly stop = vi.fn<() => Promise<void>>(async () => this.enter({ phase: 'stopped' }));

  constructor(readonly options: ModelEngineOptions) {}

  enter(state: EngineState): void {
    this.state = state;
    this.options.onState?.(state);
  }
}

function aSlot(residency: Residency = ON_DEMAND, { queueTimeoutMs = 5000, maxRequests = 4 } = {}) {
  const engines: FakeEngine[] = [];
  const model = {
    name: 'm',
    queue: { maxRequests, timeoutMs: queueTimeoutMs },
    engine: { path: '/models/m', maxBatchSize: 1 },
  } as ModelEngineOptions;
  const slot = new ModelSlot(model, residency, {
    createEngine: (options) => {
      engines.push(new FakeEngine(options));
      return engines.at(-1) as unknown as ModelEngine;
    },
    budget: new MemoryBudget(undefined),
    onChange: () => {},
  });
  const engine = (index: number): Promise<FakeEngine> =>
    vi.waitFor(() => {
      if (!engines[index]) throw new Error('not yet');
      return engines[index];
    });
  return { slot, engines, engine };
}

describe(ModelSlot, () => {
  it('loads the model once for all who wait, and lets none of them wait for ever', async () => {
    const { slot, engines, engine } = aSlot(ON_DEMAND, { queueTimeoutMs: 50 });
    expect(slot.engine.state).toEqual({ phase: 'unloaded', isOnDemand: true });
    expect(() => slot.engine.info()).toThrow(/is being loaded/);
    const impatient = slot.hold(ANY_TIME, 'a');
    expect(await impatient).toBeUndefined();
    const patient = [slot.hold(ANY_TIME, 'a'), slot.hold(ANY_TIME, 'a')];
    (await engine(0)).enter(READY);
    const holds = await Promise.all(patient);
    expect(holds.map((hold) => hold?.engine)).toEqual([engines[0], engines[0]]);
    expect(engines).toHaveLength(1);
  });

  it('lets no more wait than the queue holds, nor one whose caller has left', async () => {
    const { slot, engine } = aSlot(ON_DEMAND, { maxRequests: 2 });
    const waiting = [slot.hold(ANY_TIME, 'a'), slot.hold(ANY_TIME, 'a')];
    expect(await slot.hold(ANY_TIME, 'a')).toBeUndefined();
    expect(await slot.hold(createDeadline({ signal: AbortSignal.abort() }), 'a')).toBeUndefined();
    (await engine(0)).enter(READY);
    expect((await Promise.all(waiting)).every(Boolean)).toBe(true);
  });

  it('lets a model leave only when nobody holds it, and it has nothing to compute', async () => {
    const { slot, engine } = aSlot();
    const held = slot.hold(ANY_TIME, 'a');
    const first = await engine(0);
    first.enter(READY);
    const hold = await held;
    first.unfinished = 1;
    const unloaded = slot.unload();
    await sleep(30);
    expect([first.stop.mock.calls.length, slot.report.status]).toEqual([0, 'unloading']);
    hold!.release();
    hold!.release();
    await sleep(30);
    expect(first.stop).not.toHaveBeenCalled();
    first.unfinished = 0;
    await unloaded;
    expect([first.stop.mock.calls.length, slot.report.status]).toEqual([1, 'unloaded']);
  });

  it('loads a model again for a request that comes while it leaves', async () => {
    const { slot, engine } = aSlot();
    const held = slot.hold(ANY_TIME, 'a');
    (await engine(0)).enter(READY);
    const hold = await held;
    const unloaded = slot.unload();
    await sleep(5);
    const next = slot.hold(ANY_TIME, 'a');
    hold!.release();
    const second = await engine(1);
    await unloaded;
    second.enter(READY);
    expect((await next)?.engine).toBe(second);
  });

  it('keeps the old one until the new one is ready, and for those who hold it', async () => {
    const { slot, engine } = aSlot({ policy: 'keep' });
    void slot.load();
    const first = await engine(0);
    first.enter(READY);
    const hold = slot.holdNow()!;
    const replaced = slot.replace();
    const second = await engine(1);
    expect(slot.engine).toBe(first);
    second.enter(READY);
    await replaced;
    expect([slot.engine, hold.engine]).toEqual([second, first]);
    await sleep(30);
    expect(first.stop).not.toHaveBeenCalled();
    hold.release();
    await vi.waitFor(() => expect(first.stop).toHaveBeenCalled());
    expect(slot.report.status).toBe('ready');
  });

  it('keeps the old one for good where the new one cannot be loaded', async () => {
    const { slot, engine } = aSlot({ policy: 'keep' });
    void slot.load();
    const first = await engine(0);
    first.enter(READY);
    const replaced = slot.replace();
    (await engine(1)).enter(FAILED);
    await expect(replaced).rejects.toThrow('It is damaged.');
    expect([slot.engine, slot.report.status, slot.report.failure?.message]).toEqual([first, 'ready', 'It is damaged.']);
  });

  it('remembers why a load has failed, and tries again later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const { slot, engines, engine } = aSlot();
      const held = slot.hold(ANY_TIME, 'a');
      (await engine(0)).enter(FAILED);
      expect(await held).toBeUndefined();
      expect(slot.engine.state).toEqual(FAILED);
      expect(await slot.hold(ANY_TIME, 'a')).toBeUndefined();
      expect(engines).toHaveLength(1);
      vi.setSystemTime(Date.now() + 1000);
      const again = slot.hold(ANY_TIME, 'a');
      (await engine(1)).enter(FAILED);
      await again;
      vi.setSystemTime(Date.now() + 1000);
      expect(await slot.hold(ANY_TIME, 'a')).toBeUndefined();
      expect(slot.report).toMatchObject({
        status: 'failed',
        failure: { code: 'model_invalid', retryAt: Date.now() + 1000 },
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('gives up a load that its operator does not want any more', async () => {
    const { slot, engine } = aSlot({ policy: 'keep' });
    const loaded = slot.load();
    const first = await engine(0);
    const unloaded = slot.unload();
    await expect(loaded).rejects.toMatchObject({ code: 'model_loading' });
    await unloaded;
    expect(first.stop).toHaveBeenCalled();
    expect(slot.report).toMatchObject({ status: 'unloaded', failure: undefined });
  });

  it('is not loaded by requests where its operator has unloaded a model that stays', async () => {
    const { slot, engine, engines } = aSlot({ policy: 'keep' });
    void slot.load();
    (await engine(0)).enter(READY);
    await slot.unload();
    expect(await slot.hold(ANY_TIME, 'a')).toBeUndefined();
    expect(() => slot.engine.info()).toThrow(/was unloaded/);
    expect(engines).toHaveLength(1);
  });

  it('unloads what nobody has used for a while, but not what is still used', async () => {
    const { slot, engine } = aSlot({ policy: 'on_demand', idleMs: 40 });
    const held = slot.hold(ANY_TIME, 'a');
    const first = await engine(0);
    first.enter(READY);
    const hold = await held;
    await sleep(120);
    expect(slot.report.status).toBe('ready');
    hold!.release();
    await vi.waitFor(() => expect(slot.report.status).toBe('unloaded'));
  });

  it('ends with the server, also in the middle of a load', async () => {
    const { slot, engine } = aSlot();
    const held = slot.hold(ANY_TIME, 'a');
    const first = await engine(0);
    await slot.stop();
    expect(await held).toBeUndefined();
    expect(first.stop).toHaveBeenCalled();
    expect(() => slot.engine.info()).toThrow(/shutting down/);
  });

  it('gives up a model whose process ends again and again before it is ready', async () => {
    const { slot, engine } = aSlot();
    const held = slot.hold(ANY_TIME, 'a');
    const first = await engine(0);
    first.enter({ phase: 'restarting', reason: 'ended (SIGSEGV)' });
    expect(slot.holdNow()).toBeUndefined();
    first.enter({ phase: 'restarting', reason: 'ended (SIGSEGV)' });
    expect(await held).toBeUndefined();
    expect(first.stop).toHaveBeenCalled();
    expect(slot.report).toMatchObject({ status: 'failed', failure: { message: expect.stringContaining('SIGSEGV') } });
  });

  it('begins a load anew for those who wait where the first one was given up', async () => {
    const { slot, engine } = aSlot();
    const held = slot.hold(ANY_TIME, 'a');
    await engine(0);
    await slot.unload();
    const second = await engine(1);
    second.enter(READY);
    expect((await held)?.engine).toBe(second);
  });

  it('lets one caller keep no other from waiting', async () => {
    const { slot, engine } = aSlot(ON_DEMAND, { maxRequests: 2 });
    const waiting = [slot.hold(ANY_TIME, 'a'), slot.hold(ANY_TIME, 'a')];
    expect(await slot.hold(ANY_TIME, 'a')).toBeUndefined();
    const other = slot.hold(ANY_TIME, 'b');
    (await engine(0)).enter(READY);
    expect((await Promise.all([...waiting, other])).every(Boolean)).toBe(true);
  });

  it('ends with the server what still computes beside its successor', async () => {
    const { slot, engine } = aSlot({ policy: 'keep' });
    void slot.load();
    const first = await engine(0);
    first.enter(READY);
    first.unfinished = 1;
    const replaced = slot.replace();
    (await engine(1)).enter(READY);
    await replaced;
    expect(first.stop).not.toHaveBeenCalled();
    await slot.stop();
    expect(first.stop).toHaveBeenCalled();
    first.unfinished = 0;
  });

  it('is not loaded again once it is closed', async () => {
    const { slot, engine, engines } = aSlot();
    const held = slot.hold(ANY_TIME, 'a');
    (await engine(0)).enter(READY);
    const hold = await held;
    const closed = slot.close();
    expect(await slot.hold(ANY_TIME, 'a')).toBe(undefined);
    hold!.release();
    await closed;
    await expect(slot.load()).rejects.toThrow(/not here any more/);
    expect(engines).toHaveLength(1);
  });
});
