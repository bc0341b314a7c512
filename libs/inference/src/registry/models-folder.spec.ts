import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ModelsFolder } from './models-folder.js';

describe(ModelsFolder, () => {
  let folder: string;
  let events: string[];
  let look: () => Promise<string[]>;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-models-'));
    events = [];
    const models = new ModelsFolder(
      { path: folder, pollMs: 2 ** 30 },
      {
        onFound: ({ name }) => events.push(`found ${name}`),
        onChanged: ({ name }) => events.push(`changed ${name}`),
        onGone: ({ name }) => events.push(`gone ${name}`),
        onUnreadable: (reason) => events.push(`unreadable ${reason.split(':')[0]}`),
      },
    );
    look = async () => {
      await models.start();
      return events.splice(0);
    };
    onTestFinished(() => {
      models.stop();
      rmSync(folder, { recursive: true, force: true });
    });
  });

  const at = (...names: string[]): string => join(folder, ...names);
  function put(name: string, weights = 'w'): void {
    mkdirSync(at(name), { recursive: true });
    writeFileSync(at(name, 'config.json'), '{}');
    writeFileSync(at(name, 'model.safetensors'), weights);
  }

  it('tells of a model once, when nothing of it changes any more', async () => {
    put('m');
    writeFileSync(at('g.gguf'), 'g');
    mkdirSync(at('no-model'));
    writeFileSync(at('no-model', 'notes.txt'), '');
    put('.hidden');
    expect(await look()).toEqual([]);
    writeFileSync(at('m', 'model.safetensors'), 'more');
    expect(await look()).toEqual(['found g']);
    expect(await look()).toEqual(['found m']);
    expect(await look()).toEqual([]);
  });

  it('tells of files that have changed, and of a link that leads elsewhere', async () => {
    put('.a');
    put('.b', 'others');
    symlinkSync('.a', at('m'));
    await look();
    await look();
    symlinkSync('.b', at('.next'));
    renameSync(at('.next'), at('m'));
    expect(await look()).toEqual([]);
    expect(await look()).toEqual(['changed m']);
    expect(await look()).toEqual([]);
  });

  it('takes a model that is away for a moment, or cannot be looked at, for what it was', async () => {
    put('m');
    await look();
    await look();
    renameSync(at('m'), at('.m'));
    expect(await look()).toEqual([]);
    renameSync(at('.m'), at('m'));
    expect(await look()).toEqual([]);
    symlinkSync('nowhere', at('m', 'dangling.json'));
    for (let i = 0; i < 3; i++) expect(await look()).toEqual([]);
    rmSync(at('m'), { recursive: true });
    expect([await look(), await look(), await look()]).toEqual([[], ['gone m'], []]);
  });

  it('takes the parts of a GGUF file for one model, by its first', async () => {
    writeFileSync(at('big-00001-of-00002.gguf'), '1');
    writeFileSync(at('big-00002-of-00002.gguf'), '2');
    await look();
    expect(await look()).toEqual(['found big']);
    writeFileSync(at('big-00002-of-00002.gguf'), 'other');
    await look();
    expect(await look()).toEqual(['changed big']);
  });

  it('serves a file of the name of a folder that is gone', async () => {
    put('m');
    writeFileSync(at('m.gguf'), 'g');
    await look();
    expect(await look()).toEqual(['found m']);
    rmSync(at('m'), { recursive: true });
    const seen = [];
    for (let i = 0; i < 4; i++) seen.push(...(await look()));
    expect(seen).toEqual(['gone m', 'found m']);
  });

  it('says once that it cannot be read, and goes on when it can', async () => {
    put('m');
    renameSync(folder, `${folder}.away`);
    expect([await look(), await look()]).toEqual([['unreadable ENOENT'], []]);
    renameSync(`${folder}.away`, folder);
    await look();
    expect(await look()).toEqual(['found m']);
  });
});
