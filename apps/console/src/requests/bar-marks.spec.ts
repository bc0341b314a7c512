import { describe, expect, it } from 'vitest';
import type { Life, Part } from '../life-bar/life.js';
import { barMarks } from './bar-marks.js';

const part = (phase: Part['phase'], fromMs: number, toMs: number): Part => ({ phase, fromMs, toMs, tokens: null });

const life: Life = {
  parts: [part('checks', 0, 2), part('queue', 2, 300), part('prompt', 300, 1000), part('tokens', 1000, 4000)],
  durationMs: 4000,
  end: 'good',
  shared: null,
};

describe(barMarks, () => {
  it('has the ends and the first token, and nothing that would touch them', () => {
    const texts = (room: number): string[] => barMarks(life, room).map(({ text }) => text);
    expect(texts(0.04)).toEqual(['0', '300 ms', 'first token 1.00 s', '4.00 s']);
    expect(texts(0.07)).toEqual(['0', 'first token 1.00 s', '4.00 s']);
    expect(texts(0.2)).toEqual(['first token 1.00 s', '4.00 s']);
  });
});
