import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const CACHER = resolve(import.meta.dirname, '../support/graph-cacher.mjs');

it('processes that build, open and evict the same graphs at once find each one whole, or gone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-graphs-'));
  try {
    const keys = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(64));
    // Two entries of some 17 kB.
    const args = [CACHER, folder, '40000', ...keys];
    const runs = await Promise.all([1, 2, 3, 4].map(() => promisify(execFile)(process.execPath, args)));
    const counts = runs.map(({ stdout }) => JSON.parse(stdout) as Record<'built' | 'cached' | 'gone', number>);
    for (const { built, cached, gone } of counts) {
      expect(built + cached + gone).toBe(200);
      expect([built, cached].every((count) => count > 0)).toBe(true);
    }
    const entries = readdirSync(folder).filter((name) => name !== 'facts');
    expect(entries.every((name) => keys.includes(name))).toBe(true);
    expect(entries.length).toBeLessThanOrEqual(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
