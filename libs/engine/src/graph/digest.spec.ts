import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digest, fileDigest } from './digest.js';

describe(digest, () => {
  it('depends on every byte of the files and on every setting', () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-digest-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'weights');
    const key = (precision: string): string => digest([fileDigest(file)], { precision });
    const keys = ['one', 'two'].flatMap((content) => {
      writeFileSync(file, content);
      return [key('int8'), key('int4')];
    });
    expect(new Set(keys).size).toBe(4);
    expect(key('int4')).toBe(keys[3]);
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});
