import { describe, expect, it } from 'vitest';
import { rawBodyOf } from './raw-body.js';

const BYTES = Buffer.from('{"a":1}');
const headers = { 'content-length': String(BYTES.length) };

describe(rawBodyOf, () => {
  it("takes the bytes that Nest keeps with `rawBody: true`, and those that a route's parser leaves", () => {
    expect(rawBodyOf({ headers, body: { a: 1 }, rawBody: BYTES })).toBe(BYTES);
    expect(rawBodyOf({ headers, body: BYTES })).toBe(BYTES);
  });

  it('is empty where the request has no body', () => {
    for (const body of [undefined, null, {}]) expect(rawBodyOf({ headers: {}, body })).toHaveLength(0);
    expect(rawBodyOf({ headers: { 'content-length': '0' } })).toHaveLength(0);
    expect(rawBodyOf({ headers: { 'transfer-encoding': 'chunked' } })).toHaveLength(0);
  });

  it('says how to turn it on where only the parsed body is kept', () => {
    const chunked = { 'transfer-encoding': 'chunked' };
    for (const request of [
      { headers, body: { a: 1 } },
      { headers, body: undefined },
      { headers: chunked, body: {} },
    ])
      expect(() => rawBodyOf(request)).toThrow(/rawBody: true/);
  });
});
