import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localModel } from './local-model.js';
import { bundledModel, listedModel, severalModels } from './model-argument.js';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'frontier-names-'));
  for (const place of ['a--tiny', 'a--twice', 'b--twice', 'a--Qwen2.5-0.5B']) {
    const snapshot = join(cache, `models--${place}/snapshots`, 'c'.repeat(40));
    mkdirSync(snapshot, { recursive: true });
    writeFileSync(join(snapshot, 'model.safetensors'), '');
  }
});
afterEach(() => rmSync(cache, { recursive: true }));

describe(listedModel, () => {
  it('is one by its place, or by its name in the list', () => {
    const env = { HF_HUB_CACHE: cache };
    expect(listedModel('Tiny', env)).toEqual({ name: 'tiny', path: `hf:a/tiny@${'c'.repeat(40)}` });
    expect(listedModel('qwen2.5-0.5b', env)).toEqual({
      name: 'Qwen2.5-0.5B',
      path: `hf:a/Qwen2.5-0.5B@${'c'.repeat(40)}`,
    });
    expect(listedModel('storyteller', env)).toEqual(bundledModel());
    expect(listedModel(cache, env).path).toBe(cache);
    expect(() => listedModel('tinny', env)).toThrow('there is no model in "tinny"');
    expect(() => listedModel('twice', env)).toThrow('"twice" are several models.');
  });

  it('names three places of several at most', () => {
    const labels = (count: number): string[] =>
      severalModels('x', Array.from({ length: count }, String)).hints.map(([label]) => label);
    expect(labels(3)).toEqual(['One of them', 'One of them', 'One of them']);
    expect(labels(4)).toEqual(['One of them', 'One of them', 'All']);
  });
});

describe(localModel, () => {
  it('has the files of the cache, also for a name with a dot', () => {
    const path = (text: string): string => localModel(text, { HF_HUB_CACHE: cache }).path;
    expect(path('Qwen2.5-0.5B')).toBe(join(cache, 'models--a--Qwen2.5-0.5B/snapshots', 'c'.repeat(40)));
    expect(path(`hf:a/tiny@${'c'.repeat(40)}`)).toBe(join(cache, 'models--a--tiny/snapshots', 'c'.repeat(40)));
    expect(() => path('hf:a/other')).toThrow('hf:a/other is not on this machine.');
  });
});
