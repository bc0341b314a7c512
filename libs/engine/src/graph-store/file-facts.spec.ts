import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FACTS, FileFacts } from './file-facts.js';

const HOUR_MS = 3_600_000;

describe(FileFacts, () => {
  let folder: string;
  let file: string;
  const read = vi.fn<(path: string) => string>((path) => readFileSync(path, 'utf8'));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-facts-'));
    file = join(folder, 'model.safetensors');
    writeFileSync(file, 'weights');
    // As if an hour had passed since the file was written.
    vi.useFakeTimers({ now: Date.now() + HOUR_MS, toFake: ['Date'] });
    read.mockClear();
  });
  afterEach(() => {
    vi.useRealTimers();
    rmSync(folder, { recursive: true });
  });

  const cache = (): string => join(folder, 'cache');
  const facts = (): string[] => readdirSync(join(cache(), FACTS));
  const of = (path = file, kind = 'text'): string => new FileFacts(cache()).of(path, kind, read);

  it('reads a file once for each kind of fact', () => {
    expect([of(), of(), of(file, 'other'), of(file, 'other')]).toEqual(Array(4).fill('weights'));
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('reads a file again that was written to, though its size and its time are as before', () => {
    const time = new Date(Date.now() - 2 * HOUR_MS);
    utimesSync(file, time, time);
    of();
    writeFileSync(file, 'WEIGHTS');
    utimesSync(file, time, time);
    expect(of()).toBe('WEIGHTS');
  });

  it('reads a file again that has just been written, and may be written to without a sign', () => {
    vi.useRealTimers();
    writeFileSync(file, 'weights!');
    of();
    of();
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('reads a file again that was written to while it was read', () => {
    read.mockImplementationOnce((path) => {
      const before = readFileSync(path, 'utf8');
      writeFileSync(path, 'changed');
      return before;
    });
    expect([of(), of()]).toEqual(['weights', 'changed']);
  });

  it('does not believe what was damaged, or is of another start of the system', () => {
    of();
    const [name] = facts();
    const place = join(cache(), FACTS, name);
    const text = readFileSync(place, 'utf8').replace('weights', 'wrong');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    for (const damaged of ['', '{', '{}', 'null', text.slice(0, -2), text.replace(boot, 'another')]) {
      writeFileSync(place, damaged);
      expect(of()).toBe('weights');
    }
    writeFileSync(place, text);
    expect(of()).toBe('wrong');
  });

  it('forgets after 90 days', () => {
    of();
    const [name] = facts();
    const long = new Date(Date.now() - 91 * 24 * HOUR_MS);
    utimesSync(join(cache(), FACTS, name), long, long);
    const other = join(folder, 'other');
    writeFileSync(other, '');
    of(other);
    expect(facts()).not.toContain(name);
  });

  it('works where it cannot remember, and where it shall not', () => {
    writeFileSync(cache(), 'a file');
    expect([of(), new FileFacts().of(file, 'text', read)]).toEqual(['weights', 'weights']);
  });
});
