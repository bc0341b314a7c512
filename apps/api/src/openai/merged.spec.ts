import { describe, expect, it } from 'vitest';
import { merged } from './merged.js';

async function* counting(from: number, to: number, onEnd = (): void => {}): AsyncGenerator<number> {
  try {
    for (let i = from; i < to; i++) {
      await Promise.resolve();
      yield i;
    }
  } finally {
    onEnd();
  }
}

describe(merged, () => {
  it('gives all items of all sources, those of each in their order', async () => {
    const items = await Array.fromAsync(merged([counting(0, 3), counting(10, 15), counting(0, 0)]));
    const of = (source: number): number[] => items.filter((item) => item.source === source).map(({ item }) => item);
    expect([of(0), of(1), of(2)]).toEqual([[0, 1, 2], [10, 11, 12, 13, 14], []]);
  });

  it('ends all sources when one fails, or nobody reads on', async () => {
    let ended = 0;
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    }
    const broken = merged([counting(0, 1000, () => ended++), failing()]);
    await expect(Array.fromAsync(broken)).rejects.toThrow('broken');
    const left = merged([counting(0, 1000, () => ended++), counting(0, 1000, () => ended++)]);
    for await (const _ of left) break;
    expect(ended).toBe(3);
  });
});
