import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';
import type { ScriptedEncoderModel, ScriptedModel } from '@frontier/inference/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { scriptedModels } from '../support/encoder-server.ts';
import { type JobView, JobsServer, SECRET } from '../support/jobs-server.ts';
import { writeRandomEncoder } from '../support/random-encoder.ts';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { TOKEN, waitFor } from '../support/server.ts';

/** A job of an encoder. */
interface EncoderJob extends JobView {
  response?: Record<string, unknown>;
  response_bytes?: number;
  links: { self: string; response: string };
}

const EMBEDDINGS = { url: '/v1/embeddings', body: { model: 'minilm', input: ['one two', 'three'] } };
/** As many vectors as a request may have, of the most usual size. */
const LARGEST = { url: '/v1/embeddings', body: { model: 'wide', input: Array(2048).fill('a') as string[] } };
const VECTOR = Array.from({ length: 384 }, (_, i) => Math.sin(i + 1) / 14);

/** Models that tell texts apart by their lengths. */
const MODELS: Record<string, ScriptedEncoderModel | ScriptedModel> = {
  storyteller: { answers: 'Once.' },
  minilm: { encodes: (text) => [text.length, 0.1], info: { vocabSize: 1000, maxTokens: 5 } },
  wide: { encodes: () => VECTOR, info: { outputSize: 384 } },
  vast: { encodes: () => [], info: { outputSize: 4096 } },
  judge: { encodes: (pair) => [pair[1].length - 6], info: { task: 'rerank', outputSize: 1 } },
  moods: { encodes: () => [0, 1], info: { task: 'classify', outputSize: 2 } },
};

/** What either storage holds. */
function jobsOfEncoders(storage: () => Record<string, string>): void {
  let jobs: JobsServer;
  beforeAll(async () => {
    jobs = await JobsServer.start({ RATE_LIMIT_RPM: '1000000', ...storage() }, scriptedModels(MODELS));
  });
  afterAll(() => jobs.close());

  it('have the response of their route, and send it signed', async () => {
    const [, expected] = await jobs.post<object>('/v1/embeddings', { ...EMBEDDINGS.body, encoding_format: 'base64' });
    const id = await jobs.accept({ ...EMBEDDINGS, callback_url: jobs.receiver.url });
    const usage = { prompt_tokens: 3, completion_tokens: 0, total_tokens: 3 };
    const job = await jobs.ended<EncoderJob>(id);
    expect(job).toMatchObject({ status: 'succeeded', model: 'minilm', usage, response: expected, attempts: 1 });
    expect(job).not.toHaveProperty('output');
    await waitFor(() => jobs.receiver.received.some(({ data }) => data.id === id));
    const message = jobs.receiver.received.find(({ data }) => data.id === id)!;
    const response_bytes = JSON.stringify(expected).length;
    expect(message).toMatchObject({
      type: 'job.succeeded',
      data: { id, status: 'succeeded', output: null, usage, error: null, response: expected, response_bytes },
    });
    expect(job.response_bytes).toBe(response_bytes);
  });

  it.each<[string, object]>([
    ['/v1/embeddings', { model: 'minilm', input: [[1, 2], [3]], encoding_format: 'float' }],
    ['/v1/rerank', { query: 'q', documents: ['short', 'a long one', { text: 'middle' }], top_n: 2 }],
    ['/v1/score', { text_1: 'q', text_2: ['a', 'bb'] }],
    ['/v1/classify', { input: ['a', 'b'] }],
  ])('of %s have what it answers, and the same bytes at their own path', async (url, body) => {
    const [status, expected] = await jobs.post<Record<string, unknown>>(url, body);
    expect(status).toBe(200);
    const job = await jobs.ended<EncoderJob>(await jobs.accept({ url, body }));
    const { id: _, created: _c, ...sameParts } = expected;
    expect(job).toMatchObject({ status: 'succeeded', response: sameParts });
    expect(await jobs.get<object>(job.links.response)).toEqual(job.response);
  });

  it('have large responses at a path of their own, and neither in themselves nor in lists nor in messages', async () => {
    const id = await jobs.accept({ ...LARGEST, callback_url: jobs.receiver.url });
    const job = await jobs.ended<EncoderJob>(id);
    expect([job.status, job.response]).toEqual(['succeeded', undefined]);
    const init = { headers: { authorization: `Bearer ${TOKEN}` } };
    const text = await (await fetch(jobs.server.url + job.links.response, init)).text();
    expect(text).toHaveLength(job.response_bytes!);
    const { data } = JSON.parse(text) as { data: { embedding: string }[] };
    const vector = Buffer.from(new Float32Array(VECTOR).buffer).toString('base64');
    expect([data.length, data.every(({ embedding }) => embedding === vector)]).toEqual([2048, true]);
    await waitFor(() => jobs.receiver.received.some((message) => message.data.id === id));
    expect(jobs.receiver.received.find((message) => message.data.id === id)!.data).toMatchObject({
      response: null,
      response_bytes: text.length,
    });
    const list = await jobs.get<{ data: EncoderJob[] }>('/v1/jobs?limit=100');
    const listed = list.data.find((one) => one.id === id)!;
    expect(listed).toMatchObject({ model: 'wide', response_bytes: text.length });
    expect(list.data.every((one) => one.response === undefined)).toBe(true);
    expect(JSON.stringify(listed).length).toBeLessThan(1000);
  });

  it('hold as many numbers written out as there may be of the most usual size', async () => {
    const body = { ...LARGEST.body, encoding_format: 'float' };
    const job = await jobs.ended<EncoderJob>(await jobs.accept({ ...LARGEST, body }));
    expect([job.status, job.error]).toEqual(['succeeded', undefined]);
    expect(job.response_bytes).toBeGreaterThan(2 ** 23);
    const { data } = await jobs.get<{ data: { embedding: number[] }[] }>(job.links.response);
    expect(data[2047].embedding).toEqual([...Float32Array.from(VECTOR)]);
  });

  it.each<[string, object, number, string, RegExp | undefined]>([
    ['a route that has no jobs', { url: '/v1/chat/completions', body: {} }, 422, '/url', /url must be one of/],
    ['no body', { url: '/v1/embeddings' }, 422, '/body', /object/],
    ['a list as the body', { url: '/v1/embeddings', body: [] }, 422, '/body', /object/],
    ['a field beside the body', { ...EMBEDDINGS, prompt: 'x' }, 422, '/prompt', /known field/],
    ['no input', { url: '/v1/embeddings', body: {} }, 422, '/body/input', /text/],
    ['an empty text', { url: '/v1/embeddings', body: { input: ['a', ''] } }, 422, '/body/input/1', /empty/],
    [
      'a wrong format',
      { url: '/v1/embeddings', body: { input: 'a', encoding_format: 'hex' } },
      422,
      '/body/encoding_format',
      undefined,
    ],
    [
      "another server's field",
      { url: '/v1/embeddings', body: { input: 'a', truncate: 'END' } },
      422,
      '/body/truncate',
      undefined,
    ],
    [
      'an id that the model does not have',
      { url: '/v1/embeddings', body: { model: 'minilm', input: [[1000]] } },
      422,
      '/body/input/0',
      /not a token/,
    ],
    ['a ranking without documents', { url: '/v1/rerank', body: { query: 'q' } }, 422, '/body/documents', /list/],
    [
      'more than is kept of a job',
      { url: '/v1/embeddings', body: { model: 'vast', input: Array(2048).fill('a') } },
      422,
      '/body',
      /43 MiB, and at most 16/,
    ],
  ])('refuse %s', async (_, body, status, pointer, detail) => {
    const [got, problem] = await jobs.post<{ code: string; errors: { pointer: string; detail: string }[] }>(
      '/v1/jobs',
      body,
    );
    expect([got, problem.code, problem.errors[0].pointer]).toEqual([status, 'invalid_request', pointer]);
    if (detail) expect(problem.errors[0].detail).toMatch(detail);
  });

  it.each<[string, object, number, string]>([
    ['an unknown model', { ...EMBEDDINGS, body: { model: 'gpt-5', input: 'a' } }, 404, 'model_not_found'],
    ['work that the model cannot do', { ...EMBEDDINGS, body: { model: 'judge', input: 'a' } }, 400, 'task_unsupported'],
    [
      'vectors that the model does not have',
      { ...EMBEDDINGS, body: { model: 'minilm', input: 'a', dimensions: 1 } },
      422,
      'invalid_request',
    ],
  ])('refuse %s, as their route does', async (_, body, status, code) => {
    const [got, problem] = await jobs.post<{ code: string }>('/v1/jobs', body);
    expect([got, problem.code]).toEqual([status, code]);
  });

  it('fail where an input is too long, which only its tokens tell', async () => {
    const body = { model: 'minilm', input: 'a b c d e f' };
    const job = await jobs.ended<EncoderJob>(await jobs.accept({ ...EMBEDDINGS, body }));
    expect(job).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'context_length_exceeded' } });
    expect(await jobs.get(job.links.response)).toMatchObject({ status: 409, code: 'job_conflict' });
    const story = await jobs.ended(await jobs.accept({ prompt: 'a' }));
    expect(story.links).not.toHaveProperty('response');
    expect(await jobs.get(`${story.links.self}/response`)).toMatchObject({ status: 409 });
    expect(await jobs.get('/v1/jobs/job_none/response')).toMatchObject({ status: 404 });
  });

  it('name the unknown fields of their bodies', async () => {
    const response = await jobs.server.post('/v1/jobs', { ...EMBEDDINGS, body: { ...EMBEDDINGS.body, dimension: 1 } });
    expect([response.status, response.headers.get('warning')]).toEqual([202, expect.stringContaining('dimension')]);
  });

  it('come by webhook, too', async () => {
    const send = async (id: string, data: object): Promise<[number, Record<string, unknown>]> => {
      const body = JSON.stringify({ type: 'inference.requested', timestamp: new Date().toISOString(), data });
      const headers = {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
        'webhook-signature': new Webhook(SECRET).sign(id, new Date(), body),
      };
      const response = await jobs.server.post('/webhooks/ingest', body, { headers });
      return [response.status, (await response.json()) as Record<string, unknown>];
    };
    const [status, { result }] = await send('msg_1', EMBEDDINGS);
    expect(status).toBe(202);
    expect((await jobs.ended<EncoderJob>((result as { job_id: string }).job_id)).response).toMatchObject({
      model: 'minilm',
    });
    const refused = await send('msg_2', { url: '/v1/embeddings', body: { input: [] } });
    expect(refused).toMatchObject([422, { code: 'invalid_request', errors: [{ pointer: '/payload/body/input' }] }]);
  });

  it('are one for one idempotency key', async () => {
    const init = { headers: { 'idempotency-key': 'once' } };
    const [[, first], [, second]] = [
      await jobs.post('/v1/jobs', EMBEDDINGS, init),
      await jobs.post('/v1/jobs', EMBEDDINGS, init),
    ];
    expect(second.id).toBe(first.id);
    const other = { ...EMBEDDINGS, body: { ...EMBEDDINGS.body, input: 'other' } };
    expect((await jobs.post('/v1/jobs', other, init))[0]).toBe(422);
  });
}

describe('jobs of encoders, in SQLite', () => {
  jobsOfEncoders(() => ({}));
});

describe.runIf(hasRedis)('jobs of encoders, in Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await TestRedis.start();
  });
  afterAll(() => redis.kill());
  jobsOfEncoders(() => ({ JOBS_REDIS_URL: redis.url }));
});

describe('jobs of encoders that take long', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-encoder-jobs-'));
  const yaml = `models: [{ name: slow, path: ${join(folder, 'slow')} }]`;
  const texts = Array.from({ length: 2048 }, (_, i) => `${i} ${'word '.repeat(50)}`);
  const job = { url: '/v1/embeddings', body: { input: texts, truncate_prompt_tokens: -1 } };
  const shorter = { ...job, body: { ...job.body, input: texts.slice(0, 512) } };
  let jobs: JobsServer | undefined;
  beforeAll(() => writeRandomEncoder(join(folder, 'slow'), { layers: 4, heads: 4, hiddenSize: 256, maxTokens: 64 }));
  afterEach(async () => {
    await jobs?.close();
    jobs = undefined;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are cancelled while they run and while they wait, and yield to requests', async () => {
    jobs = await JobsServer.start({ JOBS_CONCURRENCY: '1' }, { yaml });
    const running = await jobs.accept(job);
    const waiting = await jobs.accept(job);
    await waitFor(() => jobs!.server.engine.unfinished === 1);
    expect((await jobs.server.post('/v1/embeddings', { input: 'a' })).status).toBe(200);
    expect((await jobs.get(`/v1/jobs/${running}`)).status).toBe('running');
    expect(await jobs.post(`/v1/jobs/${waiting}/cancel`, '')).toMatchObject([200, { status: 'cancelled' }]);
    await jobs.post(`/v1/jobs/${running}/cancel`, '');
    expect((await jobs.ended(running)).status).toBe('cancelled');
    await waitFor(() => jobs!.server.engine.unfinished === 0);
  });

  it('run again after their process was killed, and give the same bytes', async () => {
    const config = join(folder, 'models.yaml');
    writeFileSync(config, yaml);
    const env = { TRUTHGPT_API_TOKEN: TOKEN, TRUTHGPT_CONFIG: config, DATA_DIR: join(folder, 'data') };
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const post = (url: string, path: string, body: object): Promise<Response> =>
      fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    const get = async (url: string, path: string): Promise<EncoderJob> =>
      (await (await fetch(url + path, { headers })).json()) as EncoderJob;
    /** Ends the process whatever comes. */
    const serving = async <T>(work: (url: string) => Promise<T>): Promise<T> => {
      const server = new ServerProcess(env);
      try {
        return await work(await server.ready());
      } finally {
        server.child.kill('SIGKILL');
        await server.exit();
      }
    };
    const path = await serving(async (url) => {
      await waitFor(async () => (await post(url, '/v1/embeddings', { input: 'a' })).status === 200, 60_000);
      const { links } = (await (await post(url, '/v1/jobs', shorter)).json()) as JobView;
      await waitFor(async () => (await get(url, links.self)).status === 'running', 60_000);
      return links.self;
    });
    await serving(async (url) => {
      await waitFor(async () => (await get(url, path)).status === 'succeeded', 60_000);
      const answer = await post(url, '/v1/embeddings', { ...shorter.body, encoding_format: 'base64' });
      expect(await get(url, `${path}/response`)).toEqual(await answer.json());
    });
  }, 120_000);
});
