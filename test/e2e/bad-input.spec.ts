import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COSTLY_BODIES } from '../support/costly-bodies.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('bad input', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    const good = await server.post('/v1/infer', { prompt: 'Tom', params: { max_new_tokens: 2 } });
    expect(good.status).toBe(200);
    expect(server.engine.restarts).toBe(0);
    await server.close();
  });

  const long = 'word '.repeat(1600);
  const params = (json: string): string => `{"prompt":"x","params":${json}}`;
  const cases: [
    name: string,
    body: unknown,
    status: number,
    code: string,
    pointer: string | undefined,
    detail: RegExp,
  ][] = [
    ['not JSON', '{"prompt":', 400, 'malformed_request', undefined, /JSON/],
    ['NaN', params('{"temperature":NaN}'), 400, 'malformed_request', undefined, /JSON/],
    ['Infinity', params('{"temperature":Infinity}'), 400, 'malformed_request', undefined, /JSON/],
    ['no body', '', 400, 'malformed_request', undefined, /empty/],
    ['prototype pollution', '{"prompt":"x","__proto__":{"a":1}}', 400, 'malformed_request', undefined, /prototype/],
    ['a list', '[]', 422, 'invalid_request', '', /body must be a JSON object/],
    ['null', 'null', 422, 'invalid_request', '', /body must be a JSON object/],
    ['a text', '"x"', 422, 'invalid_request', '', /body must be a JSON object/],
    ['an unknown field', { prompt: 'x', promt: 'y' }, 422, 'invalid_request', '/promt', /"promt" is not a known field/],
    [
      'an unknown key in params',
      params('{"temprature":1}'),
      422,
      'invalid_request',
      '/params/temprature',
      /"temprature" is not a known field/,
    ],
    ['no prompt', { model: 'gpt-4o' }, 422, 'invalid_request', '/prompt', /prompt/],
    ['an empty prompt', { prompt: '' }, 422, 'invalid_request', '/prompt', /1/],
    ['a prompt that is a number', { prompt: 5 }, 422, 'invalid_request', '/prompt', /prompt/],
    ['an oversized prompt', { prompt: 'x'.repeat(8193) }, 422, 'invalid_request', '/prompt', /8192/],
    ['a lone surrogate', '{"prompt":"\\ud800"}', 422, 'invalid_request', '/prompt', /well-formed/],
    ['a prompt over the context', { prompt: long }, 422, 'context_length_exceeded', undefined, /tokens.*1024/],
    ['params that is a list', params('[]'), 422, 'invalid_request', '/params', /object/],
    ['params that is a text', params('"x"'), 422, 'invalid_request', '/params', /object/],
    ['1e400', params('{"temperature":1e400}'), 422, 'invalid_request', '/params/temperature', /temperature/],
    [
      '-1e400',
      params('{"frequency_penalty":-1e400}'),
      422,
      'invalid_request',
      '/params/frequency_penalty',
      /frequency_penalty/,
    ],
    ['a negative number', params('{"max_new_tokens":-1}'), 422, 'invalid_request', '/params/max_new_tokens', /1/],
    ['zero tokens', params('{"max_new_tokens":0}'), 422, 'invalid_request', '/params/max_new_tokens', /1/],
    ['too many tokens', params('{"max_new_tokens":4097}'), 422, 'invalid_request', '/params/max_new_tokens', /4096/],
    ['half a token', params('{"max_new_tokens":1.5}'), 422, 'invalid_request', '/params/max_new_tokens', /integer/],
    ['a number as text', params('{"temperature":"0.5"}'), 422, 'invalid_request', '/params/temperature', /number/],
    ['a hot temperature', params('{"temperature":2.1}'), 422, 'invalid_request', '/params/temperature', /2/],
    ['top_p of 0', params('{"top_p":0}'), 422, 'invalid_request', '/params/top_p', /above 0/],
    ['a seed of more than 64 bits', params('{"seed":1e20}'), 422, 'invalid_request', '/params/seed', /seed/],
    ['an empty stop string', params('{"stop":["a",""]}'), 422, 'invalid_request', '/params/stop', /1 to 256/],
    [
      '17 stop strings',
      { prompt: 'x', params: { stop: Array(17).fill('a') } },
      422,
      'invalid_request',
      '/params/stop',
      /16/,
    ],
    ['a bias of a word', params('{"logit_bias":{"cat":1}}'), 422, 'invalid_request', '/params/logit_bias', /token ids/],
    ['a bias too large', params('{"logit_bias":{"1":101}}'), 422, 'invalid_request', '/params/logit_bias', /100/],
    [
      'a token id that is negative',
      params('{"stop_token_ids":[-1]}'),
      422,
      'invalid_request',
      '/params/stop_token_ids',
      /token ids/,
    ],
    ['a flag that is a number', params('{"ignore_eos":1}'), 422, 'invalid_request', '/params/ignore_eos', /boolean/],
    ['an unknown model', { model: 'gpt-9', prompt: 'x' }, 404, 'model_not_found', undefined, /storyteller, gpt-4o/],
    ['2.5 MB', { prompt: 'x'.repeat(2_500_000) }, 413, 'body_too_large', undefined, /large/],
  ];

  for (const path of ['/v1/infer', '/v1/infer/stream']) {
    it.each(cases)(`${path}: %s`, async (_, body, status, code, pointer, detail) => {
      const response = await server.post(path, body);
      const problem = (await response.json()) as Record<string, unknown> & {
        errors?: { pointer: string; detail: string }[];
      };
      expect(problem).toMatchObject({ type: 'about:blank', status, code, instance: path });
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(problem.request_id).toBe(response.headers.get('x-request-id'));
      expect(response.headers.get('x-response-time')).toMatch(/ms$/);
      expect(problem.errors?.[0]?.pointer).toBe(pointer);
      expect(problem.errors?.[0]?.detail ?? problem.detail).toMatch(detail);
    });

    it.each([undefined, 'Bearer wrong', 'Bearer', 'Basic dGVzdA=='])(
      `${path}: authorization %s`,
      async (authorization) => {
        const response = await fetch(server.url + path, {
          method: 'POST',
          body: '{"prompt":"x"}',
          headers: authorization === undefined ? {} : { authorization },
        });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toBe('Bearer');
        expect(await response.json()).toMatchObject({ code: 'unauthorized', status: 401 });
      },
    );
  }

  it.each(COSTLY_BODIES)('is refused: %s', async (_, body, detail) => {
    const response = await server.post('/v1/infer', body);
    expect(await response.json()).toMatchObject({
      status: 422,
      code: 'invalid_request',
      detail: expect.stringMatching(detail),
    });
  });

  it('lists at most 20 invalid fields', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, 1]));
    const response = await server.post('/v1/infer', { prompt: 'x', params: unknown });
    const problem = (await response.json()) as { detail: string; errors: unknown[] };
    expect([problem.errors.length, problem.detail]).toEqual([20, expect.stringContaining('and 499 more')]);
  });

  it('lists every invalid field', async () => {
    const response = await server.post('/v1/infer', { prompt: '', params: { top_k: -1, seed: 'x' } });
    const { errors } = (await response.json()) as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(['/params/seed', '/params/top_k', '/prompt']);
  });

  it.each([
    ['GET', '/v1/infer', 404],
    ['GET', '/nothing', 404],
    ['DELETE', '/v1/infer', 404],
    ['GET', '/%zz', 400],
  ])('%s %s', async (method, path, status) => {
    const response = await fetch(server.url + path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, code: status === 404 ? 'not_found' : 'malformed_request' });
  });
});
