import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveApiToken } from './api-token.js';
import { readEnvironment } from './environment.js';
import { readModelsFile } from './models-file.js';

describe(readEnvironment, () => {
  it("keeps the seed's defaults", () => {
    expect(readEnvironment({})).toMatchObject({
      TRUTHGPT_CONFIG: 'configs/llm_default.yaml',
      PORT: 8080,
      BATCH_MAX_SIZE: 32,
      HOST: '127.0.0.1',
    });
  });

  it("takes default paths from the server's own folder, and others as they are", () => {
    expect(readEnvironment({}, '/srv/app')).toMatchObject({
      TRUTHGPT_CONFIG: '/srv/app/configs/llm_default.yaml',
      DATA_DIR: '/srv/app/data',
    });
    expect(readEnvironment({ DATA_DIR: './data', TRUTHGPT_CONFIG: 'mine.yaml' }, '/srv/app')).toMatchObject({
      TRUTHGPT_CONFIG: 'mine.yaml',
      DATA_DIR: './data',
    });
  });

  it.each([
    ['PORT', '80a80', 'PORT="80a80": must be a whole number, 0 to 65535.'],
    ['PORT', '70000', 'PORT="70000": must be a whole number, 0 to 65535.'],
    ['BATCH_MAX_SIZE', '0', 'BATCH_MAX_SIZE="0": must be a whole number, 1 to 1024.'],
    ['BATCH_MAX_SIZE', '-1', 'BATCH_MAX_SIZE="-1": must be a whole number, 1 to 1024.'],
    ['LOG_LEVEL', 'LOUD', 'LOG_LEVEL="LOUD": must be one of FATAL, ERROR, WARN, INFO, DEBUG, TRACE.'],
  ])('names %s when its value is %s', (name, value, message) => {
    expect(() => readEnvironment({ [name]: value })).toThrow(message);
  });

  it.each(['TRUTHGPT_API_TOKEN', 'WEBHOOK_HMAC_SECRET', 'REDIS_URL', 'JOBS_REDIS_URL', 'OTLP_ENDPOINT'])(
    'does not quote a wrong value of %s, which may be a secret',
    (name) => {
      const value = 'ftp://user:s3cr3t@host with a space';
      const failure = (): unknown => readEnvironment({ [name]: value });
      expect(failure).toThrow(`${name}: must`);
      expect(failure).not.toThrow('s3cr3t');
    },
  );

  it('takes an empty value for unset, and log levels in any case', () => {
    expect(readEnvironment({ PORT: '', LOG_LEVEL: 'debug' })).toMatchObject({ PORT: 8080, LOG_LEVEL: 'DEBUG' });
  });
});

describe(resolveApiToken, () => {
  it.each(['127.0.0.1', '127.8.0.1', '::1', 'localhost'])(
    'lets the well-known token serve on %s, with a warning',
    (host) => {
      expect(resolveApiToken(undefined, host)).toMatchObject({ value: 'changeme', warning: expect.any(String) });
      expect(resolveApiToken('changeme', host).value).toBe('changeme');
      expect(resolveApiToken('mine', host)).toEqual({ value: 'mine' });
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.5', 'example.com'])('refuses the well-known token on %s', (host) => {
    expect(() => resolveApiToken('changeme', host)).toThrow(/TRUTHGPT_API_TOKEN="changeme" is refused/);
    expect(resolveApiToken('mine', host)).toEqual({ value: 'mine' });
  });

  it('makes a token where none is set and others can connect', () => {
    const { value, warning, isGenerated } = resolveApiToken(undefined, '0.0.0.0');
    expect(value).toMatch(/^[\w-]{32}$/);
    expect([warning, isGenerated]).toEqual([expect.not.stringContaining(value!), true]);
    expect(resolveApiToken(undefined, '0.0.0.0').value).not.toBe(value);
  });
});

describe(readModelsFile, () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-config-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (yaml: string): ReturnType<typeof readModelsFile> => {
    const path = join(folder, 'models.yaml');
    writeFileSync(path, yaml);
    return readModelsFile(path);
  };

  it('resolves paths from the file, and takes the first model as the default', () => {
    const { defaultModel, models } = read('models: [{ name: a, path: ../m, aliases: [b], context_length: 512 }]');
    expect(defaultModel).toBe('a');
    expect(models).toEqual([
      expect.objectContaining({ path: join(folder, '../m'), aliases: ['b'], contextLength: 512 }),
    ]);
  });

  it.each([
    ['models: [{ name: a, path: m, tempo: 3 }]', /models\[0\]: unknown key "tempo"; known are name, path/],
    ['models: []', /"models" must list at least one model/],
    ['modles: []', /unknown key "modles"/],
    ['models: [{ path: m }]', /models\[0\]: "name" must be a text/],
    ['models: [{ name: a, path: m, precision: int3 }]', /"precision" must be fp32, int8 or int4/],
    ['models: [{ name: a, path: m, max_batch_size: 0 }]', /"max_batch_size" must be a whole number, 1 to 1024/],
    ['models: [{ name: a, path: m }, { name: b, path: m, aliases: [a] }]', /the name "a" is used twice/],
    ['{ default: z, models: [{ name: a, path: m }] }', /"default" names "z"/],
    ['models: [', /not valid YAML/],
    ['just text', /must be a mapping/],
  ])('refuses %s', (yaml, message) => {
    expect(() => read(yaml)).toThrow(message);
  });

  it('names a file that does not exist', () => {
    expect(() => readModelsFile(join(folder, 'none.yaml'))).toThrow(
      /TRUTHGPT_CONFIG: the file .*none\.yaml does not exist/,
    );
  });
});
