import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { downloadModel } from '../download-model.js';
import { hubReferenceText, parseHubReference } from '../reference/hub-reference.js';
import type { HubSettings } from '../reference/hub-settings.js';
import { FakeHub } from '../testing/fake-hub.js';
import { trialSettings } from '../testing/hub-trial.js';
import { cachedModel, cachedModels, removeCachedModel } from './cached-models.js';

const FILES = {
  'config.json': Buffer.from('{"model_type":"llama"}'),
  'model.safetensors': Buffer.from('weights '.repeat(100)),
  'a.gguf': Buffer.from('another form'),
};
const TINY = 'hf:frontier/tiny';

describe('a cache of models', () => {
  let hub: FakeHub;
  let settings: HubSettings;
  beforeEach(async () => {
    hub = await FakeHub.start(FILES);
    settings = trialSettings(hub);
  });
  afterEach(async () => {
    await hub.stop();
    rmSync(settings.cache, { recursive: true });
  });

  const load = (text: string) =>
    downloadModel(parseHubReference(text), { settings, signal: AbortSignal.timeout(10_000) });
  const held = (): string[] => cachedModels(settings.cache).map(({ reference }) => hubReferenceText(reference));
  const remove = (text: string): number => removeCachedModel(settings.cache, parseHubReference(text));
  const folder = (...names: string[]): string => join(settings.cache, 'models--frontier--tiny', ...names);
  const blobs = (): number => readdirSync(folder('blobs')).length;

  it('has what was downloaded, folders and GGUF files', async () => {
    expect(cachedModels(join(settings.cache, 'none'))).toEqual([]);
    const { path } = await load(TINY);
    await load(`${TINY}/a.gguf`);
    expect(held()).toEqual([TINY, `${TINY}/a.gguf`]);
    expect(cachedModels(settings.cache)[0]).toMatchObject({ path, bytes: 822 });
  });

  it('loses a file alone, then the rest, and leaves nothing', async () => {
    await load(TINY);
    await load(`${TINY}/a.gguf`);
    expect(remove(`${TINY}/a.gguf`)).toBe(FILES['a.gguf'].length);
    expect(held()).toEqual([TINY]);
    expect(remove(TINY)).toBeGreaterThanOrEqual(822);
    expect(existsSync(join(settings.cache, 'models--frontier--tiny'))).toBe(false);
  });

  it('keeps contents that another revision has', async () => {
    await load(TINY);
    hub.describe = (files) => ({ sha: 'd'.repeat(40), siblings: files });
    await load(`${TINY}@v2`);
    const before = blobs();
    expect(remove(TINY)).toBeLessThan(100);
    expect([held(), blobs()]).toEqual([[`${TINY}@v2`], before]);
    expect((await load(`${TINY}@v2`)).path).toContain('dddd');
  });

  it('keeps them where the cache is a relative path', async () => {
    await load(TINY);
    hub.describe = (files) => ({ sha: 'd'.repeat(40), siblings: files });
    await load(`${TINY}@v2`);
    const before = blobs();
    removeCachedModel(relative('.', settings.cache), parseHubReference(TINY));
    expect([held(), blobs()]).toEqual([[`${TINY}@v2`], before]);
  });

  it('keeps GGUF files, which are models of their own', async () => {
    await load(TINY);
    await load(`${TINY}/a.gguf`);
    expect(remove(TINY)).toBe(FILES['config.json'].length + FILES['model.safetensors'].length);
    expect(held()).toEqual([`${TINY}/a.gguf`]);
    remove(`${TINY}/a.gguf`);
    expect(existsSync(folder())).toBe(false);
  });

  it('keeps what another program may still write', async () => {
    await load(TINY);
    writeFileSync(folder('blobs/new.incomplete'), 'half');
    writeFileSync(folder('blobs/old.incomplete'), 'half');
    utimesSync(folder('blobs/old.incomplete'), 0, 0);
    remove(TINY);
    expect(readdirSync(folder('blobs'))).toEqual(['new.incomplete']);
  });

  it('has a model by any name of its commit', async () => {
    const { commit } = await load(TINY);
    await load(`${TINY}@v2`);
    const found = [TINY, `${TINY}@v2`, `${TINY}@${commit}`].map((text) =>
      cachedModel(settings.cache, parseHubReference(text)),
    );
    expect(found).toEqual(Array(3).fill(expect.objectContaining({ commit })));
    expect(cachedModel(settings.cache, parseHubReference(`${TINY}@v3`))).toBeUndefined();
    remove(`${TINY}@v2`);
    expect(held()).toEqual([TINY]);
    remove(`${TINY}@${commit}`);
    expect(existsSync(folder())).toBe(false);
  });

  it('is read although others have put odd things into it', async () => {
    const { path } = await load(TINY);
    writeFileSync(join(path, 'has@at.gguf'), '');
    symlinkSync('nowhere', folder('refs/dangling'));
    writeFileSync(folder('refs/no..name'), 'c0ffee'.padEnd(40, '0'));
    mkdirSync(join(settings.cache, 'models--a--b--c/snapshots', 'd'.repeat(40)), { recursive: true });
    writeFileSync(join(settings.cache, 'models--a--b--c/snapshots', 'd'.repeat(40), 'model.safetensors'), '');
    expect(held()).toEqual([TINY]);
    remove(TINY);
    expect(held()).toEqual([]);
  });

  it('is left as it is where there is no such model, or one is being downloaded', async () => {
    await load(TINY);
    expect(() => remove('hf:frontier/other')).toThrow(/hf:frontier\/other is not in the cache/);
    expect(() => remove(`${TINY}/b.gguf`)).toThrow(/is not in the cache/);
    writeFileSync(folder('blobs', `${'b'.repeat(64)}.elsewhere~7~1.part`), '');
    expect(() => remove(TINY)).toThrow(/is being downloaded/);
    expect(held()).toEqual([TINY]);
  });
});
