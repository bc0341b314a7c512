import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadPlugin } from './load-plugin.js';

describe(loadPlugin, () => {
  let folder: string;
  const write = (name: string, source: string): string => {
    const path = join(folder, name);
    writeFileSync(path, source);
    return path;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-plugin-'));
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
  });
  afterAll(() => {
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });

  it('imports a path, a relative path, a file URL and an installed package', async () => {
    const path = write('good.mjs', "export default { version: '3' };");
    mkdirSync(join(folder, 'node_modules/some-plugin'), { recursive: true });
    write('node_modules/some-plugin/package.json', '{ "name": "some-plugin", "exports": "./index.mjs" }');
    write('node_modules/some-plugin/index.mjs', "export default { version: '4' };");
    for (const specifier of [path, './good.mjs', pathToFileURL(path).href]) {
      expect(await loadPlugin(specifier)).toMatchObject({ plugin: { version: '3' }, url: pathToFileURL(path).href });
    }
    expect((await loadPlugin('some-plugin')).plugin.version).toBe('4');
  });

  it.each([
    ['is not installed', 'no-such-plugin', /"no-such-plugin" cannot be used: .*no-such-plugin/],
    ['does not exist', './missing.mjs', /"\.\/missing\.mjs" cannot be used: /],
  ])('names a module that %s, which no restart heals', async (_, specifier, message) => {
    await expect(loadPlugin(specifier)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['has no default export', 'export const version = 1;', /no default export/],
    ['has a hook that is no function', "export default { prompt: 'x' };", /"prompt" is no function/],
    ['has a processor that is no function', 'export default { logitsProcessors: { a: 1 } };', /"a" is no function/],
  ])('refuses a module that %s', async (name, source, message) => {
    write(`${name}.mjs`, source);
    await expect(loadPlugin(`./${name}.mjs`)).rejects.toMatchObject({
      code: 'model_invalid',
      message: expect.stringMatching(message),
    });
  });

  it('reports a module that threw as a fault that another load may not have', async () => {
    write('throws.mjs', "throw new Error('no licence');");
    await expect(loadPlugin('./throws.mjs')).rejects.toMatchObject({
      code: 'engine_error',
      message: 'The plugin "./throws.mjs" could not be loaded: no licence',
    });
  });
});
