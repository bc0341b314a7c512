import { describe, expect, it } from 'vitest';
import type { LiveRequest } from '../live/live-events.js';
import { heldRows, MAX_ROWS, rowsOf } from './lane-rows.js';

const request = (id: string, at: number, ms?: number, model = 'a'): LiveRequest =>
  ({ id, model, at, ...(ms !== undefined && { end: { ms, status: 200, reason: 'stop' } }) }) as LiveRequest;

describe(rowsOf, () => {
  it('has what reaches into the window, newest first, of one model where one is chosen', () => {
    const all = [
      request('new', 99_000),
      request('long', 10_000),
      request('late', 60_000, 15_000, 'b'),
      request('old', 50_000, 100),
    ];
    expect(rowsOf(all, 100_000, 30_000, '').map(({ id }) => id)).toEqual(['new', 'long', 'late']);
    expect(rowsOf(all, 100_000, 30_000, 'b').map(({ id }) => id)).toEqual(['late']);
    expect(
      rowsOf(
        Array.from({ length: 60 }, (_, i) => request(`${i}`, 99_000)),
        100_000,
        30_000,
        '',
      ),
    ).toHaveLength(MAX_ROWS);
  });
});

describe(heldRows, () => {
  it('keeps the places, with what is new of each', () => {
    const shown = [request('a', 2), request('b', 1)];
    const held = heldRows(shown, [request('c', 3), request('b', 1, 5), request('a', 2)]);
    expect(held.map(({ id, end }) => [id, end?.ms])).toEqual([
      ['a', undefined],
      ['b', 5],
    ]);
  });
});
