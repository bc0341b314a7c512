import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as digests from '../graph/digest.js';
import { FileDigests } from './file-digests.js';

const HOUR_MS = 3_600_000;

describe(FileDigests, () => {
  let folder: string;
  let file: string;
  const hashed = vi.spyOn(digests, 'fileDigest');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-digests-'));
    file = join(folder, 'model.safetensors');
    writeFileSync(file, 'weights');
    // As if an hour had passed since the file was written.
    vi.useFakeTimers({ now: Date.now() + HOUR_MS, toFake: ['Date'] });
    hashed.mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  const cache = (): string => join(folder, 'cache');
  const of = (path = file): string => new FileDigests(cache()).of(path);

  it('reads a file once', () => {
    // printf weights | sha256sum
    const expected = '9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c';
    expect([of(), of()]).toEqual([expected, expected]);
    expect(hashed).toHaveBeenCalledTimes(1);
  });

  it('reads a file again that was written to, though its size and its time are as before', () => {
    const time = new Date(Date.now() - 2 * HOUR_MS);
    utimesSync(file, time, time);
    const before = of();
    writeFileSync(file, 'WEIGHTS');
    utimesSync(file, time, time);
    expect(of()).not.toBe(before);
  });

  it('reads a file again that has just been written, and may be written to without a sign', () => {
    vi.useRealTimers();
    writeFileSync(file, 'weights!');
    of();
    of();
    expect(hashed).toHaveBeenCalledTimes(2);
  });

  it('does not believe what was damaged', () => {
    const expected = of();
    const [name] = readdirSync(join(cache(), 'digests'));
    const place = join(cache(), 'digests', name);
    for (const damaged of ['', '{', '{}', 'null', readFileSync(place, 'utf8').replace(expected, expected.slice(1))]) {
      writeFileSync(place, damaged);
      expect(of()).toBe(expected);
    }
  });

  it('forgets files that were not asked for within 90 days', () => {
    of();
    const [name] = readdirSync(join(cache(), 'digests'));
    const long = new Date(Date.now() - 91 * 24 * HOUR_MS);
    utimesSync(join(cache(), 'digests', name), long, long);
    const other = join(folder, 'other');
    writeFileSync(other, '');
    of(other);
    expect(readdirSync(join(cache(), 'digests'))).not.toContain(name);
  });

  it('works where it cannot remember', () => {
    writeFileSync(cache(), 'a file');
    expect(of()).toBe(new FileDigests().of(file));
  });
});
