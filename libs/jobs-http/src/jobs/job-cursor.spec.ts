import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromCursor, toCursor, toLimit } from './job-cursor.js';

describe(fromCursor, () => {
  it('reads the place that a cursor was made of', () => {
    const place = fc.record({
      id: fc.string({ minLength: 1, unit: fc.constantFrom('a', '_', ':', '9') }),
      createdAt: fc.nat(),
    });
    fc.assert(
      fc.property(place, (after) => {
        expect(fromCursor(toCursor(after))).toEqual(after);
      }),
    );
  });

  it('begins at the first page without one', () => {
    expect(fromCursor(undefined)).toBeUndefined();
  });

  it.each(
    ['', 'x', ':job_1', '12', `${'9'.repeat(17)}:a`, '12:'].map((text) => Buffer.from(text).toString('base64url')),
  )('refuses %j', (cursor) => {
    const errors = [{ pointer: '/cursor', detail: expect.any(String) as string }];
    expect(() => fromCursor(cursor)).toThrow(expect.objectContaining({ code: 'invalid_request', errors }));
  });
});

describe(toLimit, () => {
  it.each([
    [undefined, 20],
    ['1', 1],
    ['100', 100],
  ])('of %j is %d', (text, limit) => {
    expect(toLimit(text)).toBe(limit);
  });

  it.each(['', '0', '101', '1e2', '-1', '5.0', ' 5'])('refuses %j', (text) => {
    expect(() => toLimit(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
  });
});
