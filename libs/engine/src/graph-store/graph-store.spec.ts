import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GRAPH_FILES } from './graph-files.js';
import { buildTemporaryGraph, cachedGraph, type StoredGraph } from './graph-store.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-store-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const KEY = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);

function write(target: string): void {
  writeFileSync(join(target, GRAPH_FILES.model), 'graph');
  writeFileSync(join(target, GRAPH_FILES.weights), 'weights');
}

async function open(key: string, { writer = write, cache = folder, maxBytes = Infinity } = {}): Promise<StoredGraph> {
  return cachedGraph({ folder: cache, maxBytes }, key, writer);
}

describe(cachedGraph, () => {
  it('builds once, and takes what was built from then on', async () => {
    const cache = join(folder, 'not', 'there', 'yet');
    expect((await open(KEY, { cache })).origin).toBe('built');
    const again = await open(KEY, { cache, writer: () => expect.unreachable() });
    expect(again.origin).toBe('cached');
    again.dispose();
    expect(readFileSync(again.path, 'utf8')).toBe('graph');
    expect((await open(OTHER, { cache })).origin).toBe('built');
    expect(readdirSync(cache).toSorted()).toEqual([KEY, OTHER]);
  });

  it.each([
    ['is truncated', (entry: string) => truncateSync(join(entry, GRAPH_FILES.weights), 3)],
    ['has other bytes', (entry: string) => writeFileSync(join(entry, GRAPH_FILES.weights), 'weighty')],
    ['has more bytes', (entry: string) => appendFileSync(join(entry, GRAPH_FILES.model), '!')],
    ['has zeros that were never written', (entry: string) => appendFileSync(join(entry, GRAPH_FILES.weights), '\0')],
    ['lacks a file', (entry: string) => rmSync(join(entry, GRAPH_FILES.model))],
    ['lacks its checksums', (entry: string) => rmSync(join(entry, 'checksums.json'))],
    [
      'has checksums of another version',
      (entry: string) => writeFileSync(join(entry, 'checksums.json'), '{"model.onnx":"4d7a","weights.bin":"01"}'),
    ],
  ])('builds an entry anew that %s', async (_, damage) => {
    await open(KEY);
    damage(join(folder, KEY));
    const { origin, path } = await open(KEY);
    expect([origin, readFileSync(path, 'utf8')]).toEqual(['built', 'graph']);
    expect((await open(KEY)).origin).toBe('cached');
    expect(readdirSync(folder)).toEqual([KEY]);
  });

  it('leaves nothing behind when the build fails', async () => {
    const writer = (target: string): void => {
      write(target);
      throw new Error('no such tensor');
    };
    await expect(open(KEY, { writer })).rejects.toThrow('no such tensor');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('loads without a cache that cannot be written to, and says why', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const graph = await open(KEY, { cache: file });
    expect(graph).toMatchObject({ origin: 'built', warning: expect.stringContaining(file) as string });
    expect(readFileSync(graph.path, 'utf8')).toBe('graph');
    graph.dispose();
    expect(existsSync(graph.path)).toBe(false);
  });

  it('removes drafts that a killed process left behind, but not those of one that still writes', async () => {
    for (const name of ['.draft-old', '.draft-new']) mkdirSync(join(folder, name));
    const long = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(join(folder, '.draft-old'), long, long);
    await open(KEY);
    expect(readdirSync(folder).toSorted()).toEqual(['.draft-new', KEY]);
  });

  describe('with a limit of bytes', () => {
    const keys = ['1', '2', '3'].map((digit) => digit.repeat(64));
    /** Two entries of some 65 bytes, but not three. */
    const maxBytes = 160;
    const usedMinutesAgo = (key: string, minutes: number): void => {
      const time = new Date(Date.now() - minutes * 60_000);
      utimesSync(join(folder, key, 'checksums.json'), time, time);
    };

    it('removes the entries that were not used for longest, until the others fit', async () => {
      for (const [i, key] of keys.entries()) {
        await open(key);
        usedMinutesAgo(key, 30 - i);
      }
      // A cached entry is used as well.
      expect((await open(keys[0])).origin).toBe('cached');
      expect((await open(OTHER, { maxBytes })).origin).toBe('built');
      expect(readdirSync(folder).toSorted()).toEqual([keys[0], OTHER]);
    });

    it('keeps the entry in use, though it is larger than all may be', async () => {
      await open(keys[0]);
      const graph = await open(KEY, { maxBytes: 1 });
      expect(readdirSync(folder)).toEqual([KEY]);
      expect(readFileSync(graph.path, 'utf8')).toBe('graph');
    });

    it('removes what a smaller limit leaves no room for, where nothing is built either', async () => {
      for (const key of keys) await open(key);
      expect((await open(keys[1], { maxBytes: 1 })).origin).toBe('cached');
      expect(readdirSync(folder)).toEqual([keys[1]]);
    });

    it('counts what lost its checksums, and leaves alone what is no entry', async () => {
      await open(keys[0]);
      rmSync(join(folder, keys[0], 'checksums.json'));
      mkdirSync(join(folder, 'facts'));
      writeFileSync(join(folder, 'notes.txt'), 'x'.repeat(1000));
      await open(KEY, { maxBytes: 1 });
      expect(readdirSync(folder).toSorted()).toEqual([KEY, 'facts', 'notes.txt']);
    });
  });
});

describe(buildTemporaryGraph, () => {
  it('names the folder that has no room, and what to do', async () => {
    const fail = (): void => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', syscall: 'write' });
    };
    await expect(buildTemporaryGraph(fail)).rejects.toThrow(
      'The graph of the model cannot be written to the folder of temporary files: ENOSPC: no space left on device. Make room there, or name another one in TMPDIR.',
    );
  });

  it('leaves nothing behind, built or not', async () => {
    const graph = await buildTemporaryGraph(write);
    expect(readFileSync(graph.path, 'utf8')).toBe('graph');
    graph.dispose();
    let target = '';
    const fail = (given: string): void => {
      target = given;
      throw new Error('broken');
    };
    await expect(buildTemporaryGraph(fail)).rejects.toThrow('broken');
    expect([existsSync(graph.path), existsSync(target)]).toEqual([false, false]);
  });
});
