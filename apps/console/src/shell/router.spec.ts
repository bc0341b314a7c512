import { afterAll, describe, expect, it, vi } from 'vitest';

vi.stubGlobal('location', { hash: '' });
vi.stubGlobal('addEventListener', () => {});
const { hrefOf, parseRoute } = await import('./router.js');

describe('routes', () => {
  afterAll(() => void vi.unstubAllGlobals());

  it.each([
    ['', { view: 'play' }],
    ['#/nothing', { view: 'play' }],
    ['#/live', { view: 'live' }],
    ['#/requests/a%2Fb', { view: 'requests', id: 'a/b' }],
    [hrefOf('jobs', 'ü %'), { view: 'jobs', id: 'ü %' }],
    // Typed by hand, and no encoding.
    ['#/requests/%', { view: 'requests', id: '%' }],
  ])('"%s"', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
  });
});
