import { describe, expect, it } from 'vitest';
import { TextQueue } from './text-queue.js';

const text = (caller: string, size: number) => ({ caller, size });

describe(TextQueue, () => {
  it('is filled by one caller, and still has room for another', () => {
    const queue = new TextQueue();
    for (let i = 0; i < 8; i++) queue.add(text('a', 2 ** 21));
    expect(queue.hasRoomFor(text('a', 1))).toBe(false);
    expect(queue.hasRoomFor(text('b', 2 ** 21))).toBe(true);
    queue.add(text('b', 2 ** 22));
    expect(queue.hasRoomFor(text('b', 2 ** 22))).toBe(true);
    expect(queue.hasRoomFor(text('b', 2 ** 23))).toBe(false);
    expect(queue.hasRoomFor(text('c', 2 ** 22))).toBe(true);
    expect(queue.hasRoomFor(text('c', 2 ** 23))).toBe(false);
  });

  it('counts what leaves, by whichever way', () => {
    const queue = new TextQueue();
    const [a, b, c] = [text('a', 5), text('b', 7), text('b', 11)];
    for (const item of [a, b, c]) queue.add(item);
    expect(queue.waiting).toBe(23);
    expect(queue.remove(b)).toBe(true);
    expect(queue.remove(b)).toBe(false);
    expect([queue.take(), queue.waiting]).toEqual([a, 11]);
    expect(queue.drain()).toEqual([c]);
    expect([queue.isEmpty, queue.waiting]).toEqual([true, 0]);
  });

  it('takes any text where none waits', () => {
    expect(new TextQueue().hasRoomFor(text('a', 2 ** 30))).toBe(true);
  });
});
