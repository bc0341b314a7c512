import { describe, expect, it } from 'vitest';
import { prefersPage } from './accept.js';

describe(prefersPage, () => {
  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['TEXT/HTML', true],
    ['application/json;q=0.5, text/html', true],
    ['application/json, text/html;q=0.5', false],
    ['text/html;q=0', false],
    ['*/*', false],
    ['application/json', false],
    ['text/*', false],
    [undefined, false],
  ])('of "%s" is %s', (accept, expected) => {
    expect(prefersPage(accept)).toBe(expected);
  });
});
