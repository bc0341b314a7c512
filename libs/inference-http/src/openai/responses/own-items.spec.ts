import { afterEach, describe, expect, it, vi } from 'vitest';
import { OwnItems } from './own-items.js';

const message = (id: string, length = 1) => ({
  type: 'message' as const,
  id,
  role: 'assistant',
  content: 'x'.repeat(length),
});

describe(OwnItems, () => {
  afterEach(() => void vi.useRealTimers());

  it('knows an item to its caller alone, for an hour', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const items = new OwnItems();
    items.add('a', [message('msg_1')]);
    expect(items.get('a', 'msg_1')).toMatchObject({ content: 'x' });
    expect(items.get('b', 'msg_1')).toBeUndefined();
    vi.advanceTimersByTime(3_600_001);
    expect(items.get('a', 'msg_1')).toBeUndefined();
  });

  it('keeps a megabyte of a caller and 32 of all, the newest', () => {
    const items = new OwnItems();
    for (let i = 0; i < 12; i++) items.add('a', [message(`a${i}`, 50_000)]);
    expect([0, 1, 2, 3, 11].map((i) => items.get('a', `a${i}`) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    items.add('a', [message('huge', 600_000)]);
    expect([items.get('a', 'huge'), items.get('a', 'a11') !== undefined]).toEqual([undefined, true]);
    for (let caller = 0; caller < 50; caller++) items.add(`c${caller}`, [message(`c${caller}`, 500_000)]);
    expect(items.get('a', 'a11')).toBeUndefined();
    expect(items.get('c0', 'c0')).toBeUndefined();
    expect(items.get('c49', 'c49')).toBeDefined();
    expect(Reflect.get(items, 'bytes')).toBeLessThan(33 * 2 ** 20);
  });
});
