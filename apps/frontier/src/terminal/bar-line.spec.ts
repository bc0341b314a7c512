import { describe, expect, it } from 'vitest';
import { barLine, type BarState } from './bar-line.js';

const STATE: BarState = {
  done: 166e6,
  total: 272e6,
  perSecond: 18.4e6,
  label: 'model.safetensors',
  isChecked: false,
};

describe(barLine, () => {
  it('has all parts where there is room', () => {
    expect(barLine(STATE, 120, true)).toBe(
      '━━━━━━━━━━━━━━━━━━━━╸───────────── 61 %  166 of 272 MB  18.4 MB/s  6 s left  model.safetensors',
    );
  });

  it('fits in any width, and goes without a bar in a narrow one', () => {
    for (let columns = 20; columns <= 200; columns++) {
      expect(barLine(STATE, columns, true).length).toBeLessThan(columns);
    }
    expect(barLine(STATE, 40, true)).toBe('61 %  18.4 MB/s');
    expect(barLine({ ...STATE, perSecond: undefined }, 40, true)).toBe('61 %');
  });

  it('has ASCII for terminals without more', () => {
    expect(barLine(STATE, 60, false)).toMatch(/^#+-+ 61 % [ -~]*$/);
  });

  it('is complete only when it was checked', () => {
    expect(barLine({ ...STATE, done: STATE.total }, 120, true)).toContain(' 99 %');
    expect(barLine({ ...STATE, done: STATE.total, isChecked: true }, 120, true)).toMatch(
      /^━{34} 100 % {2}272 of 272 MB/,
    );
  });
});
