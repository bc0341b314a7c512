import { MemoryRateLimitStore } from '@frontier/rate-limit';
import { afterEach, describe, expect, it } from 'vitest';
import { startServer, type TestServer, waitFor } from '../support/server.ts';

const SHORT = { prompt: 'Tom', params: { temperature: 0, max_new_tokens: 4 } };
const ENDLESS = { prompt: 'Tom', params: { max_new_tokens: 900, ignore_eos: true } };

describe(MemoryRateLimitStore.name, () => {
  it('takes the same time however many hits are in the window', () => {
    let now = 0;
    const time = (limit: number): number => {
      const store = new MemoryRateLimitStore(() => now);
      for (let i = 0; i < limit; i++) store.hit({ key: 'a', limit, windowMs: 1e9 });
      const startedAt = performance.now();
      for (let i = 0; i < 20_000; i++) {
        now += 1;
        store.hit({ key: 'a', limit, windowMs: 1e9 });
      }
      return performance.now() - startedAt;
    };
    const fastest = (limit: number): number => Math.min(...Array.from({ length: 5 }, () => time(limit)));
    // A log that is walked would take a thousand times as long.
    expect(fastest(100_000) / fastest(100)).toBeLessThan(20);
  });
});

describe('limits', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('refund the tokens of a caller who leaves within 2 s', async () => {
    server = await startServer({ env: { TOKENS_PER_MINUTE: '100' } });
    const leaver = new AbortController();
    const body = { prompt: 'Tom', params: { max_new_tokens: 95, ignore_eos: true } };
    const left = server.post('/v1/infer', body, { signal: leaver.signal }).catch(() => {});
    await waitFor(() => server.engine.unfinished === 1);
    leaver.abort();
    await left;
    await waitFor(() => server.engine.unfinished === 0);
    const after = { prompt: 'Tom', params: { temperature: 0, max_new_tokens: 60 } };
    await waitFor(async () => (await server.post('/v1/infer', after)).status === 200, 2000);
  });

  it('let a circuit close within 5 s when it may try after 3 s', async () => {
    const env = { CIRCUIT_BREAKER_FAILURE_THRESHOLD: '1', CIRCUIT_BREAKER_TIMEOUT_SEC: '3' };
    server = await startServer({ env });
    const busy = server.post('/v1/infer', ENDLESS);
    await waitFor(() => server.engine.report?.running === 1);
    process.kill(server.engine.pid!, 'SIGKILL');
    expect((await busy).status).toBe(500);
    await waitFor(() => server.engine.state.phase === 'ready');
    await waitFor(async () => (await server.post('/v1/infer', SHORT)).status === 200, 5000);
  });
});
