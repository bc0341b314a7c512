import { describe, expect, it } from 'vitest';
import { readPage } from './page-file.js';

describe(readPage, () => {
  it('finds no page where none was built', () => {
    expect(readPage('@frontier/console/page/not-built.html')).toBeUndefined();
  });
});
