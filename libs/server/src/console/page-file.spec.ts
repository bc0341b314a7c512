import { describe, expect, it } from 'vitest';
import { codingFor, type PageFile, readPage } from './page-file.js';

describe(readPage, () => {
  it('has nothing where the page has not been built', () => {
    expect(readPage('@frontier/console/page/none.html')).toBeUndefined();
  });
});

describe(codingFor, () => {
  const file = {
    coded: new Map([
      ['br', Buffer.of()],
      ['gzip', Buffer.of()],
    ]),
  } as unknown as PageFile;

  it.each([
    ['gzip, deflate, br', 'br'],
    ['gzip', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', undefined],
    [undefined, undefined],
  ])('for "%s" is %s', (acceptEncoding, coding) => {
    expect(codingFor(file, acceptEncoding)).toBe(coding);
  });
});
