import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchingService, type ForkedEngine } from '@frontier/batching';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { SMALL_ENCODER, writeRandomEncoder } from '../support/random-encoder.ts';
import { ServerProcess } from '../support/server-process.ts';
import { startServer, STORYTELLER, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'frontier-encoders-'));
const pathOf = (name: string): string => join(FOLDER, name);

const modelsOf = (...names: string[]): string =>
  `models: [${names.map((name) => `{ name: ${name}, path: ${pathOf(name)} }`).join(', ')}]`;

async function serve(yaml: string, env: Record<string, string> = {}, names: string[] = ['embed']): Promise<TestServer> {
  const server = await startServer({ yaml, env, ready: false });
  const engines = names.map((name) => server.app.get(BatchingService).engine(name));
  await waitFor(() => engines.every(({ state }) => state.phase === 'ready'));
  return server;
}

async function bytesOf(server: TestServer, input: string | string[], init?: RequestInit): Promise<string[]> {
  const response = await server.post('/v1/embeddings', { model: 'embed', input, encoding_format: 'base64' }, init);
  expect(response.status).toBe(200);
  const { data } = (await response.json()) as { data: { embedding: string }[] };
  return data.map(({ embedding }) => embedding);
}

beforeAll(() => {
  writeRandomEncoder(pathOf('embed'), SMALL_ENCODER);
  writeRandomEncoder(pathOf('judge'), { ...SMALL_ENCODER, labels: 1 });
  writeRandomEncoder(pathOf('moods'), { ...SMALL_ENCODER, labels: 3 });
});
afterAll(() => rmSync(FOLDER, { recursive: true }));

describe('an encoder in its engine process', () => {
  let server: TestServer;
  beforeAll(async () => {
    const yaml = `models: [{ name: storyteller, path: ${STORYTELLER} }, ${modelsOf('embed', 'judge', 'moods').slice('models: ['.length)}`;
    server = await serve(yaml, { CACHE_BACKEND: 'none', RATE_LIMIT_RPM: '1000000' }, [
      'storyteller',
      'embed',
      'judge',
      'moods',
    ]);
  });
  afterAll(() => server.close());

  it('gives a text the same vector, bit for bit, alone and beside any others', async () => {
    const text = 'a cat sat.';
    const [alone] = await bytesOf(server, text);
    const others = ['b', 'the quick brown fox jumps over it', 'dogs bark!', 'letters'];
    const beside = await bytesOf(server, [...others, text, ...others, text]);
    expect([beside[4], beside[9]]).toEqual([alone, alone]);
    const together = await Promise.all([...others, text, text].map((each) => bytesOf(server, each)));
    expect(together.slice(-2)).toEqual([[alone], [alone]]);
  });

  it('reads token ids as the tokens of a text', async () => {
    const { tokens } = (await (await server.post('/tokenize', { model: 'embed', prompt: 'a cat' })).json()) as {
      tokens: number[];
    };
    expect(tokens).toHaveLength(6);
    const response = await server.post('/v1/embeddings', {
      model: 'embed',
      input: [tokens],
      encoding_format: 'base64',
    });
    const { data } = (await response.json()) as { data: { embedding: string }[] };
    expect([data[0].embedding]).toEqual(await bytesOf(server, 'a cat'));
  });

  it('tells the tokens of a text in the form of TEI, special ones with their names', async () => {
    const response = await server.post('/tokenize', { model: 'embed', inputs: 'ab c' });
    const [tokens] = (await response.json()) as { id: number; text: string; special: boolean }[][];
    expect(tokens.map(({ text, special }) => [text.trim(), special])).toEqual([
      ['[CLS]', true],
      ['a', false],
      ['b', false],
      ['c', false],
      ['[SEP]', true],
    ]);
    const decoded = await server.post('/decode', { model: 'embed', ids: [tokens.map(({ id }) => id)] });
    expect(await decoded.json()).toEqual(['ab c']);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const info = await (await fetch(`${server.url}/info?model=embed`, { headers })).json();
    expect(info).toMatchObject({ model_type: { embedding: { pooling: 'mean' } }, model_dtype: 'float32' });
  });

  it('answers exactly the longest text, and names the count of one token more', async () => {
    const words = (count: number): string => Array(count).fill('a').join(' ');
    expect(await bytesOf(server, words(62))).toHaveLength(1);
    const response = await server.post('/v1/embeddings', { model: 'embed', input: words(63) });
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/65 tokens; this model takes at most 64/);
    const cut = await server.post('/v1/embeddings', { model: 'embed', input: words(63), truncate_prompt_tokens: -1 });
    expect(await cut.json()).toMatchObject({ usage: { prompt_tokens: 64 } });
  });

  it('answers lengths around the edges of its buckets alone as in one batch', async () => {
    const texts = Array.from({ length: 62 }, (_, i) =>
      Array(i + 1)
        .fill('b')
        .join(' '),
    );
    const batch = await bytesOf(server, texts);
    for (const i of [0, 5, 6, 13, 14, 29, 30, 61]) expect([await bytesOf(server, texts[i])]).toEqual([[batch[i]]]);
  });

  it('reranks, scores and classifies', async () => {
    const ranking = await server.post('/v1/rerank', { query: 'cats', documents: ['a cat', 'dogs', 'a cat'] });
    const { model, results } = (await ranking.json()) as {
      model: string;
      results: { index: number; relevance_score: number }[];
    };
    const scores = new Map(results.map(({ index, relevance_score }) => [index, relevance_score]));
    expect([model, scores.get(0)]).toEqual(['judge', scores.get(2)]);
    const score = await server.post('/v1/score', { text_1: 'cats', text_2: 'dogs' });
    expect(await score.json()).toMatchObject({ data: [{ score: scores.get(1) }] });
    const classes = await server.post('/v1/classify', { input: 'a cat' });
    expect(await classes.json()).toMatchObject({ model: 'moods', data: [{ num_classes: 3 }] });
  });

  it('cuts documents to the tokens that a ranking allows each', async () => {
    const body = { query: 'ab', documents: ['abc def ghi', 'a'] };
    const tokensOf = async (extra: object): Promise<number> => {
      const response = await server.post('/v2/rerank', { ...body, ...extra });
      return ((await response.json()) as { usage: { total_tokens: number } }).usage.total_tokens;
    };
    // [CLS] a ##b [SEP] ... [SEP]
    expect(await tokensOf({})).toBe(2 * 5 + 9 + 1);
    expect(await tokensOf({ max_tokens_per_doc: 4 })).toBe(2 * 5 + 4 + 1);
    expect(await tokensOf({ max_tokens_per_doc: 1 })).toBe(2 * 5 + 2 + 1);
    expect(await tokensOf({ max_tokens_per_doc: 1000 })).toBe(2 * 5 + 9 + 1);
  });

  it('keeps the order of texts that are tokenized in several parts', async () => {
    const long = 'some letters of a long text. '.repeat(700);
    const texts = ['first', long, 'second', ...Array.from({ length: 40 }, (_, i) => 'x '.repeat(300 + i)), 'last'];
    const response = await server.post('/v1/embeddings', {
      model: 'embed',
      input: texts,
      truncate_prompt_tokens: -1,
      encoding_format: 'base64',
    });
    const { data } = (await response.json()) as { data: { embedding: string }[] };
    for (const i of [0, 2, texts.length - 1]) expect([data[i].embedding]).toEqual(await bytesOf(server, texts[i]));
  });

  it('serves chats beside it', async () => {
    const body = { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 2 };
    const response = await server.post('/v1/chat/completions', body);
    expect(await response.json()).toMatchObject({ model: 'storyteller' });
  });

  it('counts its passes', async () => {
    await bytesOf(server, ['a', 'b c d']);
    const page = await (await fetch(`${server.url}/metrics`)).text();
    expect(page).toMatch(/inference_step_seconds_count\{model="embed",kind="encode"\} [1-9]/);
    expect(page).toMatch(/inference_encoder_padding_tokens_total\{model="embed"\} \d/);
    expect(page).toMatch(/gen_ai_client_token_usage_count\{model="embed",gen_ai_token_type="input"\} [1-9]/);
    expect(page).not.toMatch(/gen_ai_client_token_usage_count\{model="embed",gen_ai_token_type="output"\}/);
    expect(page).toMatch(/inference_queue_depth\{model="embed"\} 0/);
  });

  it('gives back its place when the caller leaves', async () => {
    const engine = server.app.get(BatchingService).engine('embed');
    const leave = new AbortController();
    const input = Array(2000).fill('some letters of a longer text that takes its time');
    const left = server.post('/v1/embeddings', { model: 'embed', input }, { signal: leave.signal });
    await waitFor(() => engine.unfinished > 0);
    leave.abort();
    await expect(left).rejects.toThrow(/abort/);
    await waitFor(() => engine.unfinished === 0 && engine.waiting === 0);
    expect(await bytesOf(server, 'a')).toHaveLength(1);
  });

  it('serves on after its process was killed', async () => {
    const engine = server.app.get(BatchingService).engine('embed') as ForkedEngine;
    const before = await bytesOf(server, 'a cat');
    process.kill(engine.pid!, 'SIGKILL');
    await waitFor(() => engine.state.phase !== 'ready');
    const refused = await server.post('/v1/embeddings', { model: 'embed', input: 'a cat' });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/\d/)]);
    await waitFor(() => engine.state.phase === 'ready');
    expect(await bytesOf(server, 'a cat')).toEqual(before);
  });
});

describe('the batches of an encoder', () => {
  /** Metrics are those of all servers of this process. */
  const passesSoFar = async ({ url }: TestServer): Promise<number> => {
    const page = await (await fetch(`${url}/metrics`)).text();
    return Number(/inference_step_seconds_count\{model="embed",kind="encode"\} (\d+)/.exec(page)?.[1] ?? 0);
  };
  /** Passes, and the longest time in the queue, of so many requests at once of one text each, the first of a new server. */
  const passesOf = async (requests: number, flushTimeoutMs: number): Promise<{ passes: number; queueMs: number }> => {
    const env = { BATCH_FLUSH_TIMEOUT_MS: String(flushTimeoutMs), BATCH_MAX_SIZE: '4' };
    const server = await serve(modelsOf('embed'), env);
    const before = await passesSoFar(server);
    try {
      const responses = await Promise.all(
        Array.from({ length: requests }, (_, i) => server.post('/v1/embeddings', { input: `text ${i}` })),
      );
      const waits = responses.map(({ status, headers }) => {
        expect(status).toBe(200);
        return Number(/queue;dur=([\d.]+)/.exec(headers.get('server-timing')!)![1]);
      });
      return { passes: (await passesSoFar(server)) - before, queueMs: Math.max(...waits) };
    } finally {
      await server.close();
    }
  };

  it('wait for more texts until the timeout where they are not full', async () => {
    const { passes, queueMs } = await passesOf(2, 200);
    expect(passes).toBe(1);
    expect(queueMs).toBeGreaterThanOrEqual(200);
  });

  it('start at once where they are full', async () => {
    // The timeout is longer than the test may take.
    expect(await passesOf(4, 10_000)).toMatchObject({ passes: 1 });
  });
});

describe('the limits of an encoder', () => {
  let server: TestServer;
  beforeAll(async () => {
    const env = { QUEUE_MAX_SIZE: '4', BATCH_MAX_SIZE: '4', BATCH_FLUSH_TIMEOUT_MS: '5000', RATE_LIMIT_RPM: '1000000' };
    server = await serve(modelsOf('embed'), { ...env, TOKENS_PER_MINUTE: '100' });
  });
  afterAll(() => server.close());

  it('count tokens, and refuse what exceeds them', async () => {
    const response = await server.post('/v1/embeddings', { model: 'embed', input: Array(40).fill('a b c') });
    expect(response.status).toBe(429);
    expect(await response.json()).toMatchObject({ error: { code: 'rate_limit_exceeded' } });
    const tei = await server.post('/embed', { inputs: Array(40).fill('a b c') });
    expect([tei.status, await tei.json()]).toEqual([429, expect.objectContaining({ error_type: 'Overloaded' })]);
  });

  it('end a request whose time is up before its turn', async () => {
    const headers = { 'x-request-timeout-ms': '100' };
    const body = { model: 'embed', input: 'a' };
    const response = await server.post('/v1/embeddings', body, { headers });
    expect([response.status, await response.json()]).toMatchObject([503, { error: { code: 'queue_timeout' } }]);
    const tei = await server.post('/embed', { inputs: 'a' }, { headers });
    expect([tei.status, await tei.json()]).toMatchObject([429, { error_type: 'Overloaded' }]);
  });

  it('refuse what the queue has no room for, and tell when to come again', async () => {
    const leave = new AbortController();
    // One text is in no hurry here: the first pass waits for more.
    const waiting = ['a', 'b', 'c'].map((input) =>
      server.post('/v1/embeddings', { model: 'embed', input }, { signal: leave.signal }).catch(() => {}),
    );
    const engine = server.app.get(BatchingService).engine('embed');
    await waitFor(() => engine.waiting === 3);
    const response = await server.post('/v1/embeddings', { model: 'embed', input: Array(8).fill('a') });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, expect.stringMatching(/\d/)]);
    leave.abort();
    await Promise.all(waiting);
    await waitFor(() => engine.waiting === 0);
  });
});

describe('traces of an encoder', () => {
  const traced = async (env: Record<string, string>): Promise<ReceivedSpan[]> => {
    const config = join(FOLDER, 'models.yaml');
    writeFileSync(config, modelsOf('embed'));
    const receiver = await OtlpReceiver.start();
    const server = new ServerProcess({ OTLP_ENDPOINT: receiver.url, TRUTHGPT_CONFIG: config, ...env });
    try {
      const url = await server.ready();
      const headers = { authorization: 'Bearer changeme', 'content-type': 'application/json' };
      const body = JSON.stringify({ input: ['a secret text', 'b'] });
      const response = await fetch(`${url}/v1/embeddings`, { method: 'POST', headers, body });
      expect(response.status).toBe(200);
      await response.text();
      server.child.kill('SIGTERM');
      await server.exit();
      return receiver.spans;
    } finally {
      server.child.kill('SIGKILL');
      receiver.stop();
    }
  };

  it('have the phases of a request, and no texts', async () => {
    const spans = await traced({});
    expect(spans.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['POST /v1/embeddings', 'guards', 'cache', 'queue', 'prefill']),
    );
    const root = spans.find(({ name }) => name.startsWith('POST'))!;
    const attributes = Object.fromEntries(root.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
    expect(attributes).toMatchObject({ 'gen_ai.operation.name': 'embeddings', 'gen_ai.response.model': 'embed' });
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it('have texts where that was opted in', async () => {
    expect(JSON.stringify(await traced({ TRACE_CONTENT: 'true' }))).toContain('a secret text');
  });
});

describe('a model that is given another task than its own', () => {
  it('is not served, and says why', async () => {
    const yaml = `models: [{ name: embed, path: ${pathOf('embed')}, task: rerank }]`;
    const server = await startServer({ yaml, ready: false });
    try {
      const engine = server.app.get(BatchingService).engine('embed');
      await waitFor(() => engine.state.phase === 'failed');
      expect(engine.state).toMatchObject({
        error: { code: 'model_unsupported', message: expect.stringMatching(/cannot rerank.*made to embed/) },
      });
      const response = await server.post('/v1/rerank', { query: 'a', documents: ['b'] });
      expect(response.status).toBe(503);
      const headers = { authorization: `Bearer ${TOKEN}` };
      expect((await fetch(`${server.url}/v1/models`, { headers })).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});
