import { describe, expect, it } from 'vitest';
import type { Hello, Tick } from './live-events.js';
import { addHello, addTick, POINTS } from './history.js';

const hello = (series: object): Hello => ({ series: { step_ms: 1000, end: 0, ...series } }) as unknown as Hello;

describe('the history of charts', () => {
  it('adds up what sums over models, takes the largest of the rest, and keeps gaps', () => {
    const {
      running,
      ttft_ms: ttft,
      loop_ms: loop,
    } = addHello(
      hello({
        running: { a: [1, 2, null], b: [5, null] },
        ttft_ms: { a: [10, null, 40], b: [null, null, 90] },
        loop_ms: { server: [1, 2] },
      }),
    );
    expect(running).toEqual([1, 7, null]);
    expect(ttft).toEqual([10, null, 90]);
    expect(loop).toEqual([1, 2]);
  });

  it('goes on with each tick, five minutes long', () => {
    const start = addHello(hello({ waiting: { a: Array.from({ length: POINTS }, () => 1) } }));
    const tick = { models: { a: { waiting: 7, ttft_ms: null } }, server: { loop_ms: null } } as unknown as Tick;
    const { waiting, ttft_ms: ttft, loop_ms: loop } = addTick(start, tick);
    expect([waiting.length, waiting.at(-1), ttft.at(-1), loop.at(-1)]).toEqual([POINTS, 7, null, null]);
  });
});
