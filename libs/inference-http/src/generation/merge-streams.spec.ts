import { describe, expect, it } from 'vitest';
import { mergeStreams } from './merge-streams.js';

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

describe(mergeStreams, () => {
  it('yields all items of all sources, those of each in their order', async () => {
    const items = await Array.fromAsync(mergeStreams([counting(0, 3), counting(10, 15), counting(0, 0)]));
    const of = (source: number): number[] => items.filter((item) => item.source === source).map(({ item }) => item);
    expect([of(0), of(1), of(2)]).toEqual([[0, 1, 2], [10, 11, 12, 13, 14], []]);
  });

  it('ends all sources at once when one fails, or the reader stops', async () => {
    const silence = new AbortController();
    async function* silent(): AsyncGenerator<number> {
      await new Promise((resolve) => silence.signal.addEventListener('abort', resolve));
      yield 1;
    }
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    }
    const broken = mergeStreams([silent(), failing()], () => silence.abort());
    await expect(Array.fromAsync(broken)).rejects.toThrow('broken');
    expect(silence.signal.aborted).toBe(true);

    let ended = 0;
    let hasLeft = false;
    const left = mergeStreams(
      [counting(0, 1000, () => ended++), counting(0, 1000, () => ended++)],
      () => (hasLeft = true),
    );
    for await (const _ of left) break;
    await new Promise(setImmediate);
    expect([hasLeft, ended]).toEqual([true, 2]);
  });
});
