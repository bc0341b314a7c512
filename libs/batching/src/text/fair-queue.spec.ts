import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.js';

describe(FairQueue.name, () => {
  it('gives callers turns, each what came first of theirs', () => {
    const queue = new FairQueue<string>();
    for (const item of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.add(item[0], item);
    expect(Array.from({ length: 7 }, () => queue.take())).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3', undefined]);
    expect(queue.isEmpty).toBe(true);
  });

  it('forgets what is removed, and callers without items', () => {
    const queue = new FairQueue<string>();
    queue.add('a', 'a1');
    queue.add('b', 'b1');
    expect([queue.remove('a', 'a1'), queue.remove('a', 'a1')]).toEqual([true, false]);
    expect(queue.take()).toBe('b1');
    queue.add('c', 'c1');
    expect([queue.drain(), queue.isEmpty]).toEqual([['c1'], true]);
  });
});
