import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { elapsedMs } from '../support/elapsed.ts';
import { isAlive } from '../support/is-alive.ts';
import { readStream, startServer, waitFor } from '../support/server.ts';
import { ServerProcess } from '../support/server-process.ts';

const headers = { authorization: 'Bearer token' };
const ENDLESS = JSON.stringify({ prompt: 'Tom', params: { max_new_tokens: 1000, ignore_eos: true } });

describe('the server process', () => {
  let server: ServerProcess;
  afterEach(async () => {
    server.child.kill('SIGKILL');
    await server.exit();
  });
  const start = (env: Record<string, string>): Promise<string> => {
    server = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', ...env });
    return server.ready();
  };

  it('takes its engine with it within 2 s when it is killed, however much that has to do', async () => {
    const url = await start({ BATCH_MAX_SIZE: '1' });
    const engine = await server.engine();
    // One at a time, they take about a second each.
    const request = { method: 'POST', headers, body: ENDLESS };
    const streams = Array.from({ length: 12 }, () => fetch(`${url}/v1/infer/stream`, request).catch(() => {}));
    await Promise.race(streams);
    server.child.kill('SIGKILL');
    await waitFor(() => !isAlive(engine), 2000);
  });

  it('ends a running stream and itself within 3 s where running requests get 100 ms', async () => {
    const url = await start({ DRAIN_TIMEOUT_MS: '100' });
    const response = await fetch(`${url}/v1/infer/stream`, { method: 'POST', headers, body: ENDLESS });
    const end = async (): Promise<void> => {
      server.child.kill('SIGTERM');
      await readStream(response);
      await server.exit();
    };
    expect(await elapsedMs(end)).toBeLessThan(3000);
  });

  it('ends within 3 s though connections are held in reserve', async () => {
    const { hostname, port } = new URL(await start({}));
    const reserve = connect(Number(port), hostname);
    await once(reserve, 'connect');
    await fetch(`http://${hostname}:${port}/livez`);
    const end = async (): Promise<void> => {
      server.child.kill('SIGTERM');
      await server.exit();
    };
    expect(await elapsedMs(end)).toBeLessThan(3000);
    reserve.destroy();
  });
});

it('a server is ready again within 5 s of the death of its engine', async () => {
  const server = await startServer();
  try {
    const busy = server.post('/v1/infer', { prompt: 'Tom', params: { max_new_tokens: 900, ignore_eos: true } });
    await waitFor(() => server.engine.report?.running === 1);
    const restart = async (): Promise<void> => {
      process.kill(server.engine.pid!, 'SIGKILL');
      expect((await busy).status).toBe(500);
      await waitFor(async () => (await fetch(`${server.url}/readyz`)).status === 200);
    };
    expect(await elapsedMs(restart)).toBeLessThan(5000);
  } finally {
    await server.close();
  }
});
