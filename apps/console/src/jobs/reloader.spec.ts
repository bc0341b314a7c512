import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Reloader } from './reloader.js';

const INTERVAL = 1000;

describe(Reloader, () => {
  let ends: (() => void)[] = [];
  let reloader: Reloader;
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
  const end = async (): Promise<void> => {
    ends.at(-1)!();
    await pass(0);
  };
  beforeEach(async () => {
    vi.useFakeTimers();
    ends = [];
    reloader = new Reloader(() => new Promise((resolve) => void ends.push(resolve)), INTERVAL);
    reloader.request();
    await pass(0);
  });
  afterEach(() => void vi.useRealTimers());

  it('lets a read end while changes come, and reads once more for all of them', async () => {
    for (let i = 0; i < 50; i += 1) {
      reloader.request();
      await pass(100);
    }
    expect(ends).toHaveLength(1);
    await end();
    expect(ends).toHaveLength(2);
    await end();
    await pass(10 * INTERVAL);
    expect(ends).toHaveLength(2);
  });

  it('reads once an interval at most, however quickly reads end', async () => {
    for (let i = 0; i < 50; i += 1) {
      await end();
      reloader.request();
      await pass(100);
    }
    expect(ends).toHaveLength(1 + 5);
  });

  it('reads no more once it is closed', async () => {
    reloader.request();
    reloader.close();
    await end();
    reloader.request();
    await pass(10 * INTERVAL);
    expect(ends).toHaveLength(1);
  });
});
