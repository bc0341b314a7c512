import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bundledModel, listedModel } from './model-argument.js';

describe(listedModel, () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'frontier-names-'));
    for (const place of ['a--tiny', 'a--twice', 'b--twice']) {
      const snapshot = join(cache, `models--${place}/snapshots`, 'c'.repeat(40));
      mkdirSync(snapshot, { recursive: true });
      writeFileSync(join(snapshot, 'model.safetensors'), '');
    }
  });
  afterEach(() => rmSync(cache, { recursive: true }));

  it('is one by its place, or by its name in the list', () => {
    const env = { HF_HUB_CACHE: cache };
    expect(listedModel('Tiny', env)).toEqual({ name: 'tiny', path: `hf:a/tiny@${'c'.repeat(40)}` });
    expect(listedModel('storyteller', env)).toEqual(bundledModel());
    expect(listedModel(cache, env).path).toBe(cache);
    expect(() => listedModel('tinny', env)).toThrow('there is no model in "tinny"');
    expect(() => listedModel('twice', env)).toThrow('"twice" are several models.');
  });
});
