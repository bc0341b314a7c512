import { afterEach, describe, expect, it } from 'vitest';
import { readStream, startServer, type StreamEvent, type TestServer, waitFor } from '../support/server.ts';

const BUSY = { temperature: 0, max_new_tokens: 900, ignore_eos: true };

describe('an engine process that fails', () => {
  let server: TestServer;
  afterEach(() => server.close());

  /**
   * Starts 8 streams that decode and 4 requests that wait, and returns their outcomes. Streams last a second or two: where the
   * machine stands still for that long, they have ended before the others wait, and it begins again.
   */
  async function load(): Promise<{ streams: Promise<StreamEvent[]>[]; queued: Promise<Response>[] }> {
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
    return load();
  }

  async function expectRecovery(signal: 'SIGKILL' | 'SIGSTOP', recoveryMs: number): Promise<void> {
    const { streams, queued } = await load();
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
    expect(performance.now() - failedAt).toBeLessThan(recoveryMs);
    for (const response of await Promise.all(queued)) {
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ usage: { completion_tokens: 5 } });
    }
    probing.abort();
    await probe;
    expect(slowestMs).toBeLessThan(250);
    expect(server.engine.restarts).toBe(1);
  }

  it('by SIGKILL fails the running streams, keeps the queued requests and is ready again in 5 s', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '8' } });
    await expectRecovery('SIGKILL', 5000);
  });

  it('by a hang is killed after the limit, and then the same', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '8', ENGINE_HANG_TIMEOUT_MS: '1000' } });
    await expectRecovery('SIGSTOP', 5000 + 1500);
  });

  it('and has no place for its temporary files is started once there is one, and the server lives', async () => {
    server = await startServer();
    const { TMPDIR } = process.env;
    process.env.TMPDIR = '/nonexistent';
    try {
      process.kill(server.engine.pid!, 'SIGKILL');
      await waitFor(() => server.engine.restarts >= 2);
      expect(server.engine.state).toMatchObject({
        phase: 'restarting',
        reason: expect.stringContaining('could not be started') as string,
      });
      expect((await fetch(`${server.url}/health`)).status).toBe(503);
    } finally {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    }
    await waitFor(() => server.engine.state.phase === 'ready');
  });

  it('again and again is started again and again', async () => {
    server = await startServer();
    for (let round = 1; round <= 3; round++) {
      process.kill(server.engine.pid!, 'SIGKILL');
      await waitFor(() => server.engine.restarts === round && server.engine.state.phase === 'ready');
    }
    expect((await server.post('/v1/infer', { prompt: 'Tom', params: { max_new_tokens: 2 } })).status).toBe(200);
  });
});
