import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LineReader } from './line-reader.js';

describe(LineReader, () => {
  let input: PassThrough;
  let reader: LineReader;
  beforeEach(() => {
    input = new PassThrough();
    reader = new LineReader(input, { write: () => {}, columns: 80 }, { onInterrupt: () => {} });
  });
  afterEach(() => reader.close());

  it.each([
    ['/bye\r', { text: '/bye', isLine: true }],
    ['/etc/passwd\rsecond\r', { text: '/etc/passwd\nsecond', isLine: false }],
    ['"""/bye"""\r', { text: '/bye', isLine: false }],
    ['"""\r/bye\r"""\r', { text: '/bye', isLine: false }],
  ])('of %j has %j', async (typed, expected) => {
    const next = reader.next();
    input.write(typed);
    expect(await next).toEqual(expected);
  });

  it('ends with its input', async () => {
    input.end();
    expect(await reader.next()).toBeUndefined();
  });
});
