import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SharedBudget } from './shared-budget.js';

describe(SharedBudget, () => {
  it('lets one caller alone hold all of it', () => {
    const budget = new SharedBudget(10);
    expect(budget.take({ caller: 'a', amount: 10 })).toBe(true);
    expect(budget.take({ caller: 'a', amount: 1 })).toBe(false);
  });

  it('never refuses a caller below an equal share, and never holds twice its capacity', () => {
    const action = fc.record({
      caller: fc.constantFrom('a', 'b', 'c', 'd'),
      amount: fc.integer({ min: 1, max: 60 }),
      gives: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
        const budget = new SharedBudget(100);
        const held: { caller: string; amount: number }[] = [];
        for (const { caller, amount, gives } of actions) {
          const own = held.filter((share) => share.caller === caller);
          if (gives && own.length > 0) {
            budget.give(own[0]);
            held.splice(held.indexOf(own[0]), 1);
          } else {
            const callers = new Set([...held.map((share) => share.caller), caller]).size;
            const ownAmount = own.reduce((sum, share) => sum + share.amount, 0);
            const taken = budget.take({ caller, amount });
            if (ownAmount + amount <= 100 / callers) expect(taken).toBe(true);
            if (taken) held.push({ caller, amount });
          }
          expect(budget.used).toBe(held.reduce((sum, share) => sum + share.amount, 0));
          expect(budget.used).toBeLessThan(200);
        }
        for (const share of held) budget.give(share);
        expect([budget.used, budget.callers]).toEqual([0, 0]);
      }),
    );
  });

  it('tells of what was never taken', () => {
    const budget = new SharedBudget(10);
    expect(() => budget.give({ caller: 'a', amount: 1 })).toThrow('Bug');
    expect(() => budget.add({ caller: 'a', amount: NaN })).toThrow('Bug');
    expect(budget.take({ caller: 'a', amount: NaN })).toBe(false);
  });
});
