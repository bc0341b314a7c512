import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Drain } from '@frontier/http';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';

const ORIGIN = 'https://app.example';

describe('a browser of another origin', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { CORS_ORIGINS: ORIGIN }, ready: false });
  });
  afterAll(() => server.close());

  it.each([
    [
      'POST',
      '/v1/chat/completions',
      'authorization,content-type,idempotency-key,x-stainless-lang,x-stainless-retry-count',
    ],
    ['POST', '/v1/infer', 'authorization,content-type,idempotency-key,x-request-id,x-request-timeout-ms'],
    ['GET', '/v1/jobs/job_1/events', 'authorization,last-event-id'],
    ['DELETE', '/admin/cache', 'authorization'],
  ])('may %s %s with the headers of our clients', async (method, path, wanted) => {
    const response = await fetch(server.url + path, {
      method: 'OPTIONS',
      headers: {
        origin: ORIGIN,
        'access-control-request-method': method,
        'access-control-request-headers': wanted,
      },
    });
    expect(response.status).toBe(204);
    const allowed = (name: string): string[] => response.headers.get(name)!.split(/, */);
    expect(response.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect(allowed('access-control-allow-methods')).toContain(method);
    expect(allowed('access-control-allow-headers')).toEqual(wanted.split(','));
  });

  it('reads what clients read, of refusals too', async () => {
    const ask = (init: RequestInit = {}): Promise<Response> =>
      fetch(`${server.url}/tokenize`, {
        method: 'POST',
        body: '{}',
        ...init,
        headers: { origin: ORIGIN, 'content-type': 'application/json', ...init.headers },
      });
    const authorization = `Bearer ${TOKEN}`;
    const answers = [
      await ask(),
      await ask({ headers: { authorization } }),
      await ask({ headers: { authorization, 'content-encoding': 'gzip' } }),
    ];
    const draining = server.app.get(Drain).run(0, 0);
    await draining;
    answers.push(await ask({ headers: { authorization } }));
    expect(answers.map(({ status }) => status)).toEqual([401, 400, 415, 503]);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(ORIGIN);
      expect(headers.get('access-control-expose-headers')!.split(/, */)).toEqual(
        expect.arrayContaining([
          'retry-after',
          'retry-after-ms',
          'x-request-id',
          'x-cache',
          'server-timing',
          'ratelimit',
          'ratelimit-policy',
          'x-response-time',
          'openai-processing-ms',
          'warning',
          'idempotent-replayed',
          'x-should-retry',
          'location',
        ]),
      );
    }
  });
});
