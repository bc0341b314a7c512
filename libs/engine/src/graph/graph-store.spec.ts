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
import { buildTemporaryGraph, cachedGraph, GRAPH_FILES } from './graph-store.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-store-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(target: string): void {
  writeFileSync(join(target, GRAPH_FILES.model), 'graph');
  writeFileSync(join(target, GRAPH_FILES.weights), 'weights');
}

describe(cachedGraph, () => {
  it('builds once, and takes what was built from then on', () => {
    const cache = join(folder, 'not', 'there', 'yet');
    expect(cachedGraph(cache, 'key', write).origin).toBe('built');
    const again = cachedGraph(cache, 'key', () => expect.unreachable());
    expect(again.origin).toBe('cached');
    again.dispose();
    expect(readFileSync(again.path, 'utf8')).toBe('graph');
    expect(cachedGraph(cache, 'other', write).origin).toBe('built');
    expect(readdirSync(cache).toSorted()).toEqual(['key', 'other']);
  });

  it.each([
    ['is truncated', (entry: string) => truncateSync(join(entry, GRAPH_FILES.weights), 3)],
    ['has other bytes', (entry: string) => writeFileSync(join(entry, GRAPH_FILES.weights), 'weighty')],
    ['has more bytes', (entry: string) => appendFileSync(join(entry, GRAPH_FILES.model), '!')],
    ['lacks a file', (entry: string) => rmSync(join(entry, GRAPH_FILES.model))],
    ['lacks its checksums', (entry: string) => rmSync(join(entry, 'checksums.json'))],
  ])('builds an entry anew that %s', (_, damage) => {
    cachedGraph(folder, 'key', write);
    damage(join(folder, 'key'));
    const { origin, path } = cachedGraph(folder, 'key', write);
    expect([origin, readFileSync(path, 'utf8')]).toEqual(['built', 'graph']);
    expect(cachedGraph(folder, 'key', write).origin).toBe('cached');
  });

  it('leaves nothing behind when the build fails', () => {
    const fail = (target: string): void => {
      write(target);
      throw new Error('no such tensor');
    };
    expect(() => cachedGraph(folder, 'key', fail)).toThrow('no such tensor');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('loads without a cache that cannot be written to, and says why', () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const graph = cachedGraph(file, 'key', write);
    expect(graph).toMatchObject({ origin: 'built', warning: expect.stringContaining(file) as string });
    expect(readFileSync(graph.path, 'utf8')).toBe('graph');
    graph.dispose();
    expect(existsSync(graph.path)).toBe(false);
  });

  it('removes drafts that a killed process left behind, but not those of one that still writes', () => {
    for (const name of ['.draft-old', '.draft-new']) mkdirSync(join(folder, name));
    const long = new Date(Date.now() - 2 * 3_600_000);
    utimesSync(join(folder, '.draft-old'), long, long);
    cachedGraph(folder, 'key', write);
    expect(readdirSync(folder).toSorted()).toEqual(['.draft-new', 'key']);
  });
});

describe(buildTemporaryGraph, () => {
  it('leaves nothing behind, built or not', () => {
    const graph = buildTemporaryGraph(write);
    expect(readFileSync(graph.path, 'utf8')).toBe('graph');
    graph.dispose();
    let target = '';
    const fail = (given: string): void => {
      target = given;
      throw new Error('broken');
    };
    expect(() => buildTemporaryGraph(fail)).toThrow('broken');
    expect([existsSync(graph.path), existsSync(target)]).toEqual([false, false]);
  });
});
