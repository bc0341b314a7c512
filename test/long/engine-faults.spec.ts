import { afterEach, describe, expect, it } from 'vitest';
import { failEngine } from '../support/fail-engine.ts';
import { startServer, type TestServer, waitFor } from '../support/server.ts';

describe('an engine process that fails', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('by SIGKILL fails the running streams, keeps the queued requests and is ready again', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '8' } });
    await failEngine(server, 'SIGKILL');
  });

  it('by a hang is killed after the limit, and then the same', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '8', ENGINE_HANG_TIMEOUT_MS: '1000' } });
    await failEngine(server, 'SIGSTOP');
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
