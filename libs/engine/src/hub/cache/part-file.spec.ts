import {
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PartFile } from './part-file.js';

const TIMEOUT_MS = 10_000;

describe(PartFile, () => {
  let folder: string;
  let blob: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-part-'));
    blob = join(folder, 'a'.repeat(64));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The part of a process of another machine, which was last written to some time ago. */
  const strange = (content: string, silentMs: number, id = '1'): string => {
    const path = `${blob}.elsewhere~7~${id}.part`;
    writeFileSync(path, content);
    const at = new Date(Date.now() - silentMs);
    utimesSync(path, at, at);
    return path;
  };

  it('has one owner at a time', async () => {
    const parts = await Promise.all(Array.from({ length: 8 }, () => PartFile.claim(blob, TIMEOUT_MS)));
    const mine = parts.filter((part) => part !== undefined);
    expect(mine).toHaveLength(1);
    expect(await PartFile.claim(blob, TIMEOUT_MS)).toBeUndefined();
    writeFileSync(mine[0].path, 'some');
    mine[0].release();
    const next = await PartFile.claim(blob, TIMEOUT_MS);
    expect(readFileSync(next!.path, 'utf8')).toBe('some');
    next!.release();
  });

  it('waits for a process of another machine for a while, and for one that is slow for longer', async () => {
    strange('theirs', 59_000);
    expect(await PartFile.claim(blob, TIMEOUT_MS)).toBeUndefined();
    strange('theirs', 100_000);
    expect(await PartFile.claim(blob, 60_000)).toBeUndefined();
    const part = await PartFile.claim(blob, TIMEOUT_MS);
    expect(readFileSync(part!.path, 'utf8')).toBe('theirs');
    part!.release();
  });

  it('is out of reach of a former owner that was only stopped', async () => {
    const descriptor = openSync(strange('theirs', 100_000), 'r+');
    const part = await PartFile.claim(blob, TIMEOUT_MS);
    await part!.becomeBlob();
    part!.release();
    writeSync(descriptor, 'other!', 0);
    expect(readFileSync(blob, 'utf8')).toBe('theirs');
  });

  it('leaves no other part behind, but those that are being written to', async () => {
    strange('old', 100_000, '1');
    strange('older and longer', 100_000, '2');
    const part = await PartFile.claim(blob, TIMEOUT_MS);
    expect(readFileSync(part!.path, 'utf8')).toBe('older and longer');
    strange('new', 0, '3');
    await part!.becomeBlob();
    part!.release();
    expect(
      readdirSync(folder)
        .map((name) => name.slice(64))
        .toSorted(),
    ).toEqual(['', '.elsewhere~7~3.part']);
  });
});
