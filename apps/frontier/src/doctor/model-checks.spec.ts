import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from './check.js';
import { modelChecks } from './model-checks.js';

const STORYTELLER = fileURLToPath(new URL('../../../../models/storyteller', import.meta.url));

/** Damage to a good folder, and the expected finding. */
type Broken = readonly [fault: string, breakIt: (folder: string) => void, step: string, found: RegExp];

const config = (folder: string, fields: object): void => {
  const path = join(folder, 'config.json');
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...fields }));
};
const without = (name: string) => (folder: string) => rmSync(join(folder, name));
const write = (name: string, content: string) => (folder: string) => writeFileSync(join(folder, name), content);

const BROKEN: readonly Broken[] = [
  ['nothing in it', (folder) => (rmSync(folder, { recursive: true }), mkdirSync(folder)), 'files', /is missing/],
  ['no weights', without('model.safetensors'), 'files', /safetensors/],
  ['no configuration', without('config.json'), 'files', /config\.json/],
  ['a configuration that is no JSON', write('config.json', '{'), 'files', /config\.json/],
  ['no tokenizer', without('tokenizer.json'), 'tokenizer', /tokenizer\.json/],
  ['a tokenizer that is no JSON', write('tokenizer.json', '<html>'), 'tokenizer', /tokenizer\.json/],
  [
    'an architecture of translators',
    (folder) => config(folder, { architectures: ['T5ForConditionalGeneration'] }),
    'architecture',
    /T5ForConditionalGeneration/,
  ],
  [
    'an architecture that nobody knows',
    (folder) => config(folder, { architectures: ['NewForCausalLM'] }),
    'architecture',
    /NewForCausalLM/,
  ],
  [
    'weights that end early',
    (folder) => truncateSync(join(folder, 'model.safetensors'), 100_000),
    'files',
    /model\.safetensors/,
  ],
  ['weights that are a page', write('model.safetensors', '<html>not found</html>'), 'files', /model\.safetensors/],
  [
    'another size than its weights have',
    (folder) => config(folder, { hidden_size: 64, head_dim: 8 }),
    'loads',
    /shape|has/,
  ],
  [
    'more memory than there is',
    (folder) => config(folder, { num_hidden_layers: 1000, intermediate_size: 65_536 }),
    'memory',
    /memory/,
  ],
  [
    'several GGUF files',
    (folder) => {
      rmSync(join(folder, 'config.json'));
      for (const name of ['a.gguf', 'b.gguf']) writeFileSync(join(folder, name), '');
    },
    'files',
    /several models|gguf/,
  ],
];

describe(modelChecks, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-doctor-'));
    cpSync(STORYTELLER, folder, { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(BROKEN)('names a folder with %s, and what to do', async (_, breakIt, step, found) => {
    breakIt(folder);
    const checks: Check[] = [];
    for await (const check of modelChecks(folder, undefined, { GRAPH_CACHE_DIR: join(folder, 'graphs') }))
      checks.push(check);
    const last = checks.at(-1)!;
    expect(last).toMatchObject({
      name: step,
      status: 'fail',
      found: expect.stringMatching(found),
      do: expect.stringMatching(/\S/),
    });
    expect(checks.slice(0, -1).filter(({ status }) => status === 'fail')).toEqual([]);
  });
});
