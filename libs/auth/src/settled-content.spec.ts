import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseKeyFile } from './key-file.js';
import type { Principal } from './principal.js';
import { SettledContent } from './settled-content.js';
import { tokenDigest } from './bearer-token.js';

describe(SettledContent, () => {
  it('takes a content that two reads in a row found', () => {
    const content = new SettledContent('old');
    expect(['new', 'newer', 'new', 'new'].map((read) => content.next(read))).toEqual([false, false, false, true]);
    expect(content.current).toBe('new');
  });

  it('takes it that the file is gone after five reads in a row, and that it is back after two', () => {
    const content = new SettledContent('old');
    const reads = (count: number, read?: string): boolean[] => Array.from({ length: count }, () => content.next(read));
    expect([...reads(4), content.next('old'), ...reads(5)]).toEqual([...Array<boolean>(9).fill(false), true]);
    expect([...reads(3), ...reads(2, 'old')]).toEqual([false, false, false, false, true]);
  });

  const key = fc.record(
    {
      name: fc.stringMatching(/^[a-z]{1,8}$/),
      sha256: fc.nat(5).map((token) => tokenDigest(String(token))),
      admin: fc.boolean(),
      models: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
      priority: fc.constantFrom('high', 'normal', 'low'),
      rate_limit: fc.integer({ min: 1, max: 2000 }),
    },
    { requiredKeys: ['name', 'sha256'] },
  );
  const file = fc
    .uniqueArray(key, { maxLength: 4, selector: ({ name }) => name })
    .map((keys) => keys.filter((one, nth) => keys.findIndex(({ sha256 }) => sha256 === one.sha256) === nth))
    .chain((keys) => fc.boolean().map((isFlow) => (isFlow ? JSON.stringify({ keys }) : stringify({ keys }))));

  it('gives no key the rights of half a file, wherever it is cut, and those of a file that is being written never', () => {
    const keysOf = (text: string, known: Map<string, Principal>): Map<string, Principal> => {
      try {
        return new Map(parseKeyFile(text, 'keys.yaml'));
      } catch {
        return known;
      }
    };
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
    fc.assert(
      fc.property(file, file, cuts, (before, after, parts) => {
        const content = new SettledContent(before);
        let keys = keysOf(before, new Map());
        const old = keys;
        const lengths = [...new Set(parts.map((part) => Math.floor(part * after.length)))].toSorted((a, b) => a - b);
        // A writer truncates the file, and then appends to it between any two reads.
        for (const length of lengths) {
          if (content.next(after.slice(0, length))) keys = keysOf(content.current!, keys);
          expect(keys).toEqual(old);
        }
        for (let read = 0; read < 2; read++) if (content.next(after)) keys = keysOf(content.current!, keys);
        expect(keys).toEqual(keysOf(after, new Map()));
      }),
    );
  });
});
