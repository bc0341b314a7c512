import { expect } from 'vitest';
import { readStream, type StreamEvent, type TestServer, waitFor } from './server.ts';

const BUSY = { temperature: 0, max_new_tokens: 900, ignore_eos: true };

/**
 * Sends a signal to the engine of a busy server with 8 places, and checks that running streams fail, that waiting requests are
 * answered, and that the server refuses others until the engine is ready again.
 * @returns the time until it was, and the slowest answer of a probe meanwhile, both in ms
 */
export async function failEngine(
  server: TestServer,
  signal: 'SIGKILL' | 'SIGSTOP',
): Promise<{ recoveryMs: number; slowestMs: number }> {
  const { streams, queued } = await load(server);
  let slowestMs = 0;
  const probing = new AbortController();
  const probe = (async () => {
    while (!probing.signal.aborted) {
      const startedAt = performance.now();
      expect((await fetch(`${server.url}/health`)).status).toBeOneOf([200, 503]);
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const failedAt = performance.now();
  process.kill(server.engine.pid!, signal);
  for (const events of await Promise.all(streams)) {
    expect(events.length).toBeGreaterThan(1);
    expect(events.at(-1)).toEqual({
      event: 'error',
      data: {
        error: {
          code: 'engine_error',
          message: expect.stringContaining('Send it again'),
          retryable: true,
          request_id: expect.any(String),
        },
      },
    });
  }
  const refused = await server.post('/v1/infer', { prompt: 'Tom' });
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({ code: 'model_loading' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await fetch(`${server.url}/ready`)).status).toBe(503);

  await waitFor(() => server.engine.state.phase === 'ready');
  const recoveryMs = performance.now() - failedAt;
  for (const response of await Promise.all(queued)) {
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ usage: { completion_tokens: 5 } });
  }
  probing.abort();
  await probe;
  expect(server.engine.restarts).toBe(1);
  return { recoveryMs, slowestMs };
}

/**
 * Starts 8 streams that decode and 4 requests that wait, and returns their outcomes. Streams last a second or two: where the
 * machine stands still for that long, they have ended before the others wait, and it begins again.
 */
async function load(server: TestServer): Promise<{ streams: Promise<StreamEvent[]>[]; queued: Promise<Response>[] }> {
  const responses = await Promise.all(
    Array.from({ length: 8 }, (_, i) => server.post('/v1/infer/stream', { prompt: `Tom ${i}`, params: BUSY })),
  );
  let haveEnded = false;
  const streams = responses.map(async (response) => {
    const { events } = await readStream(response);
    haveEnded = true;
    return events;
  });
  const queued = Array.from({ length: 4 }, (_, i) =>
    server.post('/v1/infer', { prompt: `Anna ${i}`, params: { temperature: 0, max_new_tokens: 5 } }),
  );
  await waitFor(() => server.engine.waiting === 4 || haveEnded);
  if (!haveEnded) return { streams, queued };
  await Promise.all([...streams, ...queued]);
  return load(server);
}
