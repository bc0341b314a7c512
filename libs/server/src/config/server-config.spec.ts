import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { resolveApiToken } from './api-token.js';
import { readEnvironment } from './environment.js';
import { readModelsFile } from './models-file.js';
import { readServerConfig } from './server-config.js';

describe(readEnvironment, () => {
  it('keeps the defaults of the original contract', () => {
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

  it('names all wrong variables at once', () => {
    const wrong = { PORT: 'x', ENABLE_METRICS: 'maybe', WEBHOOK_ALLOWED_HOSTS: 'a.example, b c', LOG_LEVEL: 'LOUD' };
    expect(() => readEnvironment(wrong)).toThrow(
      [
        'PORT="x": must be a whole number, 0 to 65535.',
        'LOG_LEVEL="LOUD": must be one of FATAL, ERROR, WARN, INFO, DEBUG, TRACE.',
        'WEBHOOK_ALLOWED_HOSTS="a.example, b c": must be a comma-separated list of hosts; "b c" is not one.',
        'ENABLE_METRICS="maybe": must be true or false.',
      ].join('\n'),
    );
  });

  it('parses numbers, flags and lists', () => {
    const environment = readEnvironment({ PORT: '0', ENABLE_METRICS: 'FALSE', CORS_ORIGINS: 'https://a.example, *' });
    expect(environment).toMatchObject({ PORT: 0, ENABLE_METRICS: false, CORS_ORIGINS: ['https://a.example', '*'] });
    expect(environment).toMatchObject({ TRUST_PROXY: [], ENABLE_TRACING: true });
    expect(environment.TOKENS_PER_MINUTE).toBeUndefined();
  });

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

  it('resolves plugins that are relative paths from the file, and leaves packages alone', () => {
    const plugins = ['./p.mjs', '../p.mjs', '/p.mjs', '@team/plugin'];
    const { models } = read(
      JSON.stringify({ models: plugins.map((plugin, i) => ({ name: `m${i}`, path: 'm', plugin })) }),
    );
    const expected = [join(folder, 'p.mjs'), join(folder, '../p.mjs'), '/p.mjs', '@team/plugin'];
    expect(models.map(({ plugin }) => plugin)).toEqual(expected);
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

  it('names all problems of a file at once', () => {
    expect(() => read('models: [{ name: a, path: m, threads: 0 }, 7, { path: 1, aliases: [b, 2], tempo: 3 }]')).toThrow(
      [
        'models[0]: "threads" must be a positive whole number, not 0.',
        'models[1]: must be a mapping.',
        'models[2]: "name" must be a text, not undefined.',
        'models[2]: "path" must be a text, not 1.',
        'models[2]: "aliases" must be a list of texts, not ["b",2].',
        'models[2]: unknown key "tempo"; known are name, path,',
      ]
        .map((problem) => `${join(folder, 'models.yaml')}: ${problem}`)
        .join('\n'),
    );
    expect(() => read('{ default: z, models: [{ name: a, path: m, aliases: [a] }] }')).toThrow(
      /"a" is used twice\.\n.*"default" names "z"/,
    );
  });

  it('takes a provider by its name, or with options', () => {
    const { models } = read(
      'models: [{ name: a, path: m, provider: cuda }, { name: b, path: m, provider: { name: webgpu, deviceId: 1 } }]',
    );
    expect(models.map(({ provider }) => provider)).toEqual([{ name: 'cuda' }, { name: 'webgpu', deviceId: 1 }]);
  });

  it('names a file that does not exist', () => {
    expect(() => readModelsFile(join(folder, 'none.yaml'))).toThrow(
      /TRUTHGPT_CONFIG: the file .*none\.yaml does not exist/,
    );
  });
});

describe(readServerConfig, () => {
  it('tells problems of several parts at once', () => {
    const source = {
      TRUTHGPT_CONFIG: 'none.yaml',
      CACHE_BACKEND: 'redis',
      HOST: '0.0.0.0',
      TRUTHGPT_API_TOKEN: 'changeme',
    };
    expect(() => readServerConfig(source)).toThrow(
      /^CACHE_BACKEND="redis" needs REDIS_URL.*\nTRUTHGPT_API_TOKEN="changeme" is refused.*\nTRUTHGPT_CONFIG: the file/,
    );
  });
});
