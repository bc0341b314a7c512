import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SAMPLES, MAX_SEGMENTS, PHASES } from '../protocol/request.schema.js';
import { Samples } from './samples.js';
import { Segments } from './segments.js';

describe(Segments, () => {
  it('are few, in order, and make up the whole duration, whatever happened', () => {
    const change = fc.record({ phase: fc.constantFrom(...PHASES), afterMs: fc.integer({ min: -5, max: 50 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 100 }), (changes) => {
        const segments = new Segments();
        let at = 0;
        for (const { phase, afterMs } of changes) segments.enter(phase, (at += afterMs));
        const endMs = Math.max(at, 0) + 100;
        const list = segments.upTo(endMs);
        expect(list.length).toBeLessThanOrEqual(MAX_SEGMENTS);
        const durations = list.map(([, from], i) => (list.at(i + 1)?.[1] ?? endMs) - from);
        expect(list[0]).toEqual(['checks', 0]);
        expect(durations.every((duration) => duration >= 0)).toBe(true);
        expect(durations.reduce((sum, duration) => sum + duration, 0)).toBeCloseTo(endMs);
      }),
    );
  });

  it('join the oldest interruptions of an answer that was preempted often', () => {
    const segments = new Segments();
    for (const [i, phase] of (['queue', 'prompt', 'tokens'] as const).entries()) segments.enter(phase, i + 1);
    for (let i = 0; i < 50; i++) segments.enter(i % 2 === 0 ? 'preempted' : 'tokens', 10 + i);
    const list = segments.upTo(100);
    expect(list.slice(0, 4)).toEqual([
      ['checks', 0],
      ['queue', 1],
      ['prompt', 2],
      ['tokens', 3],
    ]);
    expect([list.length, list.at(-1)]).toEqual([MAX_SEGMENTS, ['tokens', 59]]);
  });

  it('are corrected while they are the present ones, within those before', () => {
    const segments = new Segments();
    segments.enter('queue', 10);
    segments.enter('prompt', 30);
    segments.correct('tokens', 0);
    segments.correct('prompt', 20);
    expect(segments.upTo(50)).toEqual([
      ['checks', 0],
      ['queue', 10],
      ['prompt', 20],
    ]);
    segments.correct('prompt', 5);
    expect(segments.upTo(50).at(-1)).toEqual(['prompt', 10]);
  });
});

describe(Samples, () => {
  it('are few, however long the answer is, and the last one is its present state', () => {
    const samples = new Samples();
    for (let token = 1; token <= 20_000; token++) samples.note(token * 7, token);
    const list = samples.upTo(140_003, 20_001);
    expect(list.length).toBeLessThanOrEqual(MAX_SAMPLES);
    expect(list.length).toBeGreaterThan(MAX_SAMPLES / 2);
    expect([list[0], list.at(-1)]).toEqual([
      [7, 1],
      [140_003, 20_001],
    ]);
  });
});
