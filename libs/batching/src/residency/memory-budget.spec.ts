import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelEngine } from '../engine/model-engine.js';
import { MemoryBudget } from './memory-budget.js';
import { ResidentEngine } from './resident-engine.js';

/** Takes part in a budget as a slot does. */
class Tenant {
  resident: ResidentEngine | undefined;
  loads = 0;
  private loading: Promise<void> | undefined;

  constructor(
    readonly name: string,
    private readonly bytes: number,
    private readonly budget: MemoryBudget,
  ) {}

  async use(work: () => Promise<void>): Promise<void> {
    while (!this.resident?.isServing) await (this.loading ??= this.load().finally(() => (this.loading = undefined)));
    const hold = this.resident.hold();
    await work();
    hold.release();
  }

  private async load(): Promise<void> {
    const resident = new ResidentEngine({ isKept: false, onIdle: () => {} });
    resident.estimate = this.bytes;
    await this.budget.enter({ name: this.name, resident, isWanted: () => true }, () => this.leave(resident));
    this.loads++;
    const engine = {
      state: { phase: 'ready' },
      pids: [],
      unfinished: 0,
      stop: async () => {},
    } as unknown as ModelEngine;
    resident.start(() => engine);
    this.resident = resident;
  }

  private async leave(resident: ResidentEngine): Promise<void> {
    await resident.leave();
    this.budget.leave(resident);
    if (this.resident === resident) this.resident = undefined;
  }
}

const aResident = (bytes: number, isKept = false): ResidentEngine =>
  Object.assign(new ResidentEngine({ isKept, onIdle: () => {} }), { estimate: bytes });
const enter = (budget: MemoryBudget, resident: ResidentEngine, isWanted = true): Promise<void> | undefined =>
  budget.enter({ name: 'm', resident, isWanted: () => isWanted }, async () => budget.leave(resident));

describe(MemoryBudget, () => {
  it('keeps to the limit, and lets everybody have a turn, whoever asks for what', async () => {
    const request = fc.record({ model: fc.nat(3), afterMs: fc.nat(4), forMs: fc.nat(4) });
    const sizes = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(sizes, fc.array(request, { minLength: 1, maxLength: 12 }), async (bytes, requests) => {
        const budget = new MemoryBudget(10);
        const tenants = bytes.map((size, i) => new Tenant(`m${i}`, size, budget));
        await Promise.all(
          requests.map(async ({ model, afterMs, forMs }) => {
            await sleep(afterMs);
            await tenants[model].use(async () => {
              expect(budget.bytes).toBeLessThanOrEqual(10);
              expect(tenants[model].resident?.isInUse).toBe(true);
              await sleep(forMs);
            });
          }),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('asks who was not used for longest, of those that nobody uses', async () => {
    const budget = new MemoryBudget(3);
    const tenants = ['a', 'b', 'c', 'd'].map((name) => new Tenant(name, 1, budget));
    for (const tenant of tenants.slice(0, 3)) await tenant.use(() => sleep(2));
    await tenants[0].use(() => sleep(2));
    await tenants[2].use(async () => {
      await tenants[3].use(async () => {});
    });
    expect(tenants.map(({ resident }) => resident !== undefined)).toEqual([true, false, true, true]);
  });

  it('refuses what can never fit beside those that stay, and what nobody wants any more', async () => {
    const budget = new MemoryBudget(10);
    expect(enter(budget, aResident(7, true))).toBeUndefined();
    await expect(enter(budget, aResident(4))).rejects.toThrow(/leaves 1 MiB beside the models that stay/);
    expect(enter(budget, aResident(3))).toBeUndefined();
    await expect(enter(budget, aResident(2), false)).rejects.toThrow(/not wanted/);
    await setImmediate();
    expect(budget.bytes).toBe(10);
  });

  it('does not take the memory of the engine that is to be replaced, and waits for what leaves', async () => {
    const budget = new MemoryBudget(10);
    const [old, next] = [aResident(6), aResident(6)];
    void enter(budget, old);
    const isWanted = (): boolean => true;
    await expect(budget.enter({ name: 'm', resident: next, replaces: old, isWanted }, async () => {})).rejects.toThrow(
      /needs about 1 MiB/,
    );
    expect(budget.bytes).toBe(6);
  });

  it('gives an engine what the others leave', () => {
    const budget = new MemoryBudget(10);
    const [first, second] = [aResident(3), aResident(4)];
    void enter(budget, first);
    void enter(budget, second);
    expect([budget.roomOf(first), budget.roomOf(second), new MemoryBudget(undefined).roomOf(first)]).toEqual([
      6,
      7,
      undefined,
    ]);
  });

  it('does not keep memory for a model that nobody waits for any more', async () => {
    const budget = new MemoryBudget(10);
    const first = aResident(6);
    void enter(budget, first);
    first.start(
      () => ({ state: { phase: 'ready' }, pids: [], unfinished: 0, stop: async () => {} }) as unknown as ModelEngine,
    );
    expect(first.mayLeave).toBe(false);
    first.isUnwanted = true;
    expect(first.mayLeave).toBe(true);
    await enter(budget, aResident(6));
    expect(budget.bytes).toBe(6);
  });

  it('has no limit where none is set', () => {
    const budget = new MemoryBudget(undefined);
    for (let i = 0; i < 9; i++) expect(enter(budget, aResident(1e15))).toBeUndefined();
  });
});
