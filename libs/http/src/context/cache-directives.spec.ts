import { describe, expect, it } from 'vitest';
import { cacheDirectives } from './cache-directives.js';

describe(cacheDirectives, () => {
  it.each([
    [undefined, {}],
    ['no-cache', { noCache: true }],
    ['No-Store , max-age=5', { noStore: true, maxAgeMs: 5000 }],
    ['max-age="10"', { maxAgeMs: 10_000 }],
    ['max-age=soon, only-if-cached', {}],
    ['max-age', {}],
  ])('reads %j', (header, directives) => {
    expect(cacheDirectives(header)).toEqual(directives);
  });
});
