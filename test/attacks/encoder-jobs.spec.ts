/** Jobs of encoders with as much as they may have: what they cost the event loop of the server. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttackedServer, KEYS, LEAST_OF_THREE, MAX_CALLBACK_MS, type Outcome } from '../support/attacked-server.ts';
import { writeRandomEncoder } from '../support/random-encoder.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { waitFor } from '../support/server.ts';

const { attacker: token } = KEYS;
const FOLDER = mkdtempSync(join(tmpdir(), 'frontier-attack-encoder-jobs-'));
const CONFIG = join(FOLDER, 'models.yaml');

const texts = Array.from({ length: 2048 }, (_, i) => `text ${i} of`);
const BODIES: Record<string, { url: string; body: object }> = {
  'as many vectors as there may be': { url: '/v1/embeddings', body: { model: 'wide', input: texts } },
  'as many numbers, written out': {
    url: '/v1/embeddings',
    body: { model: 'wide', input: texts, encoding_format: 'float' },
  },
  'as many token ids as there may be': {
    url: '/v1/embeddings',
    body: { model: 'small', input: Array.from({ length: 1500 }, () => Array(200).fill(7) as number[]) },
  },
  'as many documents as there may be, and the longest': {
    url: '/v1/rerank',
    body: {
      query: 'which',
      documents: texts.map((text) => `${text}${' word'.repeat(150)}`),
      truncate_prompt_tokens: 32,
    },
  },
};

interface Job {
  status: string;
  links: { self: string; response: string };
}

/** Jobs on a server in a process of its own, which measures itself. */
function loads(storage: () => Record<string, string>): void {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '1000000', TRUTHGPT_CONFIG: CONFIG, ...storage() });
  });
  afterAll(() => server.stop());
  const get = (path: string): Promise<Outcome> => server.call(path, { method: 'GET', token });
  const jobOf = ({ body }: Outcome): Job => JSON.parse(body) as Job;

  it.each(Object.keys(BODIES))('%s hold no callback up', { ...LEAST_OF_THREE, timeout: 120_000 }, async (name) => {
    await server.measure();
    const accepted = await server.call('/v1/jobs', { token, body: BODIES[name] });
    expect([accepted.status, accepted.body.slice(0, accepted.status === 202 ? 0 : 300)]).toEqual([202, '']);
    const { links } = jobOf(accepted);
    const atAcceptance = await server.measure();
    await waitFor(async () => !/"(queued|running)"/.test((await get(links.self)).body), 100_000);
    const atEnd = await server.measure();
    expect(jobOf(await get(links.self)).status).toBe('succeeded');
    const responses = await Promise.all(Array.from({ length: 10 }, () => get(links.response)));
    const lists = await Promise.all(Array.from({ length: 10 }, () => get('/v1/jobs?limit=100')));
    const atReading = await server.measure();
    const longest = [atAcceptance, atEnd, atReading].map((measured) => measured.longest);
    console.log(
      `${name}: ${(responses[0].body.length / 2 ** 20).toFixed(1)} MiB; longest callbacks ` +
        `${longest.map(({ ms }) => ms.toFixed(0)).join(', ')} ms at acceptance, until its end, when it is read`,
    );
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    for (const { body } of lists) expect(body.length).toBeLessThan(20_000);
    for (const { ms } of longest) expect(ms).toBeLessThan(MAX_CALLBACK_MS);
  });

  it.each<[string, object]>([
    ['stop strings', { prompt: 'x', params: { stop: Array(300_000).fill('ab') } }],
    [
      'a bias for each of as many tokens',
      { prompt: 'x', params: { logit_bias: Object.fromEntries(texts.map((_, i) => [i, 1000])) } },
    ],
    ['fields', Object.fromEntries(Array.from({ length: 4900 }, (_, i) => [`prompt${i}`, 'x']))],
    [
      'texts that are none',
      { url: '/v1/embeddings', body: { input: [...Array(2047).fill('a'), Array(300_000).fill(7)] } },
    ],
  ])('bodies of too many %s are refused at no cost', LEAST_OF_THREE, async (_, body) => {
    await server.measure();
    const { status } = await server.call('/v1/jobs', { token, body });
    const { longest } = await server.measure();
    console.log(`${status}; longest callback ${longest.ms.toFixed(0)} ms`);
    expect(status).toBe(422);
    expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
  });
}

beforeAll(() => {
  const shapes = { wide: { hiddenSize: 384 }, small: { hiddenSize: 32 }, judge: { hiddenSize: 32, labels: 1 } };
  for (const [name, shape] of Object.entries(shapes)) {
    writeRandomEncoder(join(FOLDER, name), { layers: 1, heads: 4, maxTokens: 256, ...shape });
  }
  const entries = Object.keys(shapes).map((name) => `{ name: ${name}, path: ${join(FOLDER, name)} }`);
  writeFileSync(CONFIG, `models: [${entries.join(', ')}]`);
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

describe('jobs of encoders, in SQLite', () => {
  loads(() => ({}));
});

describe.runIf(hasRedis)('jobs of encoders, in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.kill());
  loads(() => ({ JOBS_REDIS_URL: redis.url }));
});
