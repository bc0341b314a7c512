import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttackedServer, KEYS, LEAST_OF_THREE, MAX_CALLBACK_MS } from '../support/attacked-server.ts';
import { writeRandomEncoder } from '../support/random-encoder.ts';

const MIB = 2 ** 20;
const { attacker, neighbour } = KEYS;
const FOLDER = mkdtempSync(join(tmpdir(), 'frontier-attack-encoders-'));

const ids = (inputs: number, each: number): number[][] => Array.from({ length: inputs }, () => Array(each).fill(7));
const texts = (count: number, words: number): string[] =>
  Array.from({ length: count }, (_, i) => `text ${i}${' of'.repeat(words)}`);

describe('requests to encoders', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    const config = join(FOLDER, 'models.yaml');
    const shapes = { wide: { hiddenSize: 384 }, small: { hiddenSize: 32 }, judge: { hiddenSize: 32, labels: 1 } };
    for (const [name, shape] of Object.entries(shapes)) {
      writeRandomEncoder(join(FOLDER, name), { layers: 1, heads: 4, maxTokens: 256, ...shape });
    }
    const entries = Object.keys(shapes).map((name) => `{ name: ${name}, path: ${join(FOLDER, name)} }`);
    writeFileSync(config, `models: [${entries.join(', ')}]`);
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '100000', TRUTHGPT_CONFIG: config });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(FOLDER, { recursive: true });
  });

  const large: Record<string, { path: string; body: object | string; status: number }> = {
    'as many vectors as there may be': {
      path: '/v1/embeddings',
      body: { model: 'wide', input: texts(2048, 1) },
      status: 200,
    },
    'as many vectors, cut and normalized': {
      path: '/embed',
      body: { model: 'wide', inputs: texts(2048, 1) },
      status: 200,
    },
    'as many vectors in every form': {
      path: '/v2/embed',
      body: { model: 'wide', texts: texts(2048, 1), embedding_types: ['float', 'base64', 'binary', 'ubinary'] },
      status: 200,
    },
    'as many token ids as there may be': {
      path: '/v1/embeddings',
      body: { model: 'small', input: ids(1500, 200) },
      status: 200,
    },
    'vectors of as many tokens as there may be': {
      path: '/embed_all',
      body: { model: 'wide', inputs: ids(54, 200) },
      status: 200,
    },
    'as many documents as there may be': {
      path: '/v1/rerank',
      body: { query: 'which one', documents: texts(2048, 5) },
      status: 200,
    },
    'token ids that are none': {
      path: '/v1/embeddings',
      body: `{"model":"small","input":[${`[${'7,'.repeat(150)}-1],`.repeat(1900)}[7]]}`,
      status: 400,
    },
    'ids that the model does not have': {
      path: '/v1/embeddings',
      body: { model: 'small', input: [...ids(1499, 200), [1e6]] },
      status: 400,
    },
    'as many texts to tokenize as there may be': {
      path: '/tokenize',
      body: { model: 'small', inputs: texts(2048, 12) },
      status: 200,
    },
    'as much of one text to tokenize': {
      path: '/tokenize',
      body: { model: 'small', inputs: 'ab '.repeat(33_333) },
      status: 200,
    },
    'as many lists of ids to decode': {
      path: '/decode',
      body: { model: 'small', ids: ids(2048, 48) },
      status: 200,
    },
    'one long text': { path: '/embed', body: { model: 'small', inputs: 'word '.repeat(0.39 * MIB) }, status: 200 },
  };

  it.each(Object.keys(large))('%s hold no callback up', { ...LEAST_OF_THREE, timeout: 120_000 }, async (name) => {
    const { path, body, status } = large[name];
    await server.measure();
    let outcome = { status: 0, body: '' };
    const stallMs = await server.stallDuring(async () => {
      outcome = await server.call(path, { token: attacker, body });
    });
    const { longest } = await server.measure();
    console.log(
      `${name}: ${outcome.status}, longest callback ${longest.ms.toFixed(1)} ms (${longest.type}), stall ${stallMs} ms`,
    );
    expect([outcome.status, outcome.body.slice(0, outcome.status === status ? 0 : 300)]).toEqual([status, '']);
    expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
  });

  it('of one caller do not keep out those of another', async () => {
    const flood = Array.from({ length: 12 }, (_, i) =>
      server.call('/v1/embeddings', { token: attacker, body: { model: 'small', input: ids(1000, 100 + i) } }),
    );
    // The rest of the flood is still being computed.
    await flood[0];
    const outcomes = [];
    for (let i = 0; i < 5; i++) {
      outcomes.push(
        await server.call('/v1/embeddings', { token: neighbour, body: { model: 'small', input: `hello ${i}` } }),
      );
    }
    expect(outcomes.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    await Promise.all(flood);
  }, 120_000);
});
