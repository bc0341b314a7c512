import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';

const ROUTES = [
  '/v1/infer',
  '/v1/infer/stream',
  '/v1/jobs',
  '/v1/completions',
  '/v1/chat/completions',
  '/tokenize',
  '/detokenize',
  '/apply-template',
];

describe('the text of a body', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { WEBHOOK_HMAC_SECRET: 'secret' } });
  });
  afterAll(() => server.close());

  const send = (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(server.url + path, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
    });
  const codeOf = async (response: Response): Promise<string> => {
    const { code, error } = (await response.json()) as { code?: string; error?: { code: string } };
    return code ?? error!.code;
  };

  describe.each([...ROUTES, '/webhooks/ingest'])('%s', (path) => {
    it.each([
      ['gzip', gzipSync('{"prompt":"x"}')],
      ['br, identity', Buffer.from('{}')],
    ])('must not be compressed: %s', async (coding, body) => {
      const response = await send(path, body, { 'content-encoding': coding });
      expect(response.status).toBe(415);
      expect(response.headers.get('accept-encoding')).toBe('identity');
      const answer = await response.text();
      expect(answer).toContain('unsupported_media_type');
      expect(answer).toContain(coding.split(',')[0]);
    });

    it.each(['iso-8859-1', '"utf-16"', 'utf-8; charset=latin1'])('must be in UTF-8, not in %s', async (charset) => {
      const response = await send(path, '{"prompt":"x"}', { 'content-type': `application/json; charset=${charset}` });
      expect([response.status, await codeOf(response)]).toEqual([415, 'unsupported_media_type']);
    });
  });

  it.each(['utf-8', '"UTF-8"', 'us-ascii'])('may say its charset: %s', async (charset) => {
    const response = await send('/tokenize', '{"prompt":"x"}', {
      'content-type': `application/json;charset=${charset}`,
    });
    expect(response.status).toBe(200);
    const identity = await send('/tokenize', '{"prompt":"x"}', { 'content-encoding': 'identity' });
    expect(identity.status).toBe(200);
  });

  it.each(ROUTES)('is not replaced where it is not UTF-8: %s', async (path) => {
    const body = Buffer.concat([Buffer.from('{"prompt":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]);
    const response = await send(path, body);
    expect([response.status, await codeOf(response)]).toEqual([400, 'malformed_request']);
  });

  it.each(ROUTES)('is never quoted where it is not JSON: %s', async (path) => {
    for (const body of [
      'hunter2',
      '{"prompt": hunter2}',
      '{"prompt":"hunter2"',
      '{"hunter2"}',
      '[hunter2]',
      '{"a":"hunter2\n"}',
    ]) {
      const response = await send(path, body);
      expect(response.status).toBe(400);
      const answer = await response.text();
      expect(answer).not.toMatch(/hun|unt|nte|ter2/);
      expect(answer).toContain('JSON');
    }
  });

  const LONE = String.raw`"\ud800"`;
  it.each([
    ['/v1/infer', `{"prompt":${LONE}}`, '/prompt'],
    ['/v1/infer', `{"prompt":"x","model":${LONE}}`, '/model'],
    ['/v1/infer', `{"prompt":"x","idempotency_key":${LONE}}`, '/idempotency_key'],
    ['/v1/infer', `{"prompt":"x","params":{"stop":["a",${LONE}]}}`, '/params/stop/1'],
    ['/v1/infer', String.raw`{"prompt":"x","params":{"a\udc00":1}}`, '/params/a\ufffd'],
    ['/v1/jobs', `{"prompt":"x","callback_url":${LONE}}`, '/callback_url'],
    ['/v1/jobs', String.raw`{"prompt":"x","callback_secret":"0123456789abcdef\udfff"}`, '/callback_secret'],
  ])('has no lone surrogate: POST %s %s', async (path, body, pointer) => {
    const response = await send(path, body);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ pointer, detail: expect.stringMatching(/well-formed/) }],
    });
  });

  it.each([
    ['/v1/completions', `{"prompt":"x","user":${LONE}}`, 'user'],
    ['/v1/completions', `{"prompt":["x",${LONE}]}`, 'prompt[1]'],
    ['/v1/completions', `{"prompt":"x","metadata":{"a":${LONE}}}`, 'metadata.a'],
    ['/v1/completions', `{"prompt":"x","not_known":{"a":[${LONE}]}}`, 'not_known.a[0]'],
    ['/v1/chat/completions', `{"messages":[{"role":"user","content":"x","name":${LONE}}]}`, 'messages[0].name'],
    [
      '/v1/chat/completions',
      `{"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"a","schema":{"const":${LONE}}}}}`,
      'response_format.json_schema.schema.const',
    ],
    ['/tokenize', `{"prompt":${LONE}}`, 'prompt'],
    [
      '/apply-template',
      `{"messages":[{"role":"user","content":[{"type":"text","text":${LONE}}]}]}`,
      'messages[0].content[0].text',
    ],
  ])('has no lone surrogate: POST %s %s', async (path, body, param) => {
    const response = await send(path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param, code: 'invalid_request' } });
  });

  it.each([
    '/v1/models/%ed%a0%80',
    '/v1/models/%ff',
    '/v1/models/a%00b',
    '/v1/jobs/%ed%a0%80',
    '/v1/jobs/%ff?x=%ff',
    '/v1/jobs?cursor=%ff',
    '/v1/jobs?status=%ed%a0%80',
  ])('in a URL cannot be half a character: %s', async (path) => {
    const response = await fetch(server.url + path, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect([400, 404, 422]).toContain(response.status);
    expect((await response.text()).isWellFormed()).toBe(true);
  });
});
