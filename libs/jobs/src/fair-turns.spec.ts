import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FairTurns } from './fair-turns.js';

describe(FairTurns.name, () => {
  it('does one thing at a time, and lets owners take turns', async () => {
    const turns = new FairTurns();
    const seen: string[] = [];
    let running = 0;
    const run = (owner: string): Promise<void> =>
      turns.run(owner, async () => {
        expect(++running).toBe(1);
        await sleep(1);
        running--;
        seen.push(owner);
      });
    await Promise.all([...Array.from({ length: 20 }, () => run('greedy')), run('one'), run('two')]);
    expect(seen.slice(0, 4)).toEqual(['greedy', 'greedy', 'one', 'two']);
    expect(seen).toHaveLength(22);
  });

  it('goes on after work that fails', async () => {
    const turns = new FairTurns();
    const failing = turns.run('a', () => Promise.reject(new Error('no')));
    const next = turns.run('b', async () => 'done');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('done');
    expect(await turns.run('b', async () => 'again')).toBe('again');
  });

  it('gives each piece of work a pass of the event loop of its own', async () => {
    const turns = new FairTurns();
    let passes = 0;
    const count = (): void => void (passes++, (counting = setImmediate(count)));
    let counting = setImmediate(count);
    await Promise.all(Array.from({ length: 30 }, (_, i) => turns.run(`owner${i}`, async () => {})));
    clearImmediate(counting);
    expect(passes).toBeGreaterThanOrEqual(28);
  });
});
