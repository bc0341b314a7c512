import { cpSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { readEvents, startServer, STORYTELLER, type TestServer, waitFor } from '../support/server.ts';

const BUSY = { temperature: 0, max_new_tokens: 900, ignore_eos: true };

describe('a model', () => {
  let server: TestServer;
  afterEach(() => server.close());

  /** Has the processes that the test starts load a module of `test/support` first. */
  const preload = (name: string): void => {
    process.env.NODE_OPTIONS = `--import=${new URL(`../support/${name}`, import.meta.url).href}`;
    onTestFinished(() => void delete process.env.NODE_OPTIONS);
  };

  it('that loads lets the server listen, and answers model_loading', async () => {
    preload('slow-start.mjs');
    server = await startServer({ ready: false });
    expect((await fetch(`${server.url}/`)).status).toBe(200);
    expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({
      status: 'degraded',
      checks: { model: 'loading' },
    });
    const response = await server.post('/v1/infer', { prompt: 'Tom' });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([503, 'model_loading']);
    await waitFor(() => server.engine.state.phase === 'ready');
    expect((await server.post('/v1/infer', { prompt: 'Tom', params: { max_new_tokens: 2 } })).status).toBe(200);
  });

  it('that is damaged is named, while the others are served', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-damaged-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(STORYTELLER, folder, { recursive: true });
    truncateSync(join(folder, 'model.safetensors'), 1_000_000);
    server = await startServer({
      yaml: `models: [{ name: good, path: ${STORYTELLER} }, { name: bad, path: ${folder} }]`,
    });
    await waitFor(async () => (await (await fetch(`${server.url}/startupz`)).text()).includes('"bad":"failed"'));
    const response = await server.post('/v1/infer', { model: 'bad', prompt: 'Tom' });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      code: 'model_unavailable',
      detail: 'The model "bad" could not be loaded; the reason is in the server\'s log.',
    });
    expect(await (await fetch(`${server.url}/ready`)).json()).toMatchObject({
      reason: expect.stringMatching(/"bad".*truncated/),
    });
    expect(await (await fetch(`${server.url}/startupz`)).json()).toMatchObject({
      phase: 'failed',
      models: { good: 'ready', bad: 'failed' },
    });
    expect(
      (await server.post('/v1/infer', { model: 'good', prompt: 'Tom', params: { max_new_tokens: 2 } })).status,
    ).toBe(200);
  });

  it('whose loading fails the same way twice has failed, and says why', async () => {
    preload('full-disk.mjs');
    server = await startServer({ ready: false });
    await waitFor(() => server.engine.state.phase === 'failed');
    expect(server.engine.restarts).toBe(1);
    const response = await server.post('/v1/infer', { prompt: 'Tom' });
    expect([response.status, await response.json()]).toMatchObject([
      503,
      { code: 'model_unavailable', detail: expect.not.stringContaining('no space left on device') as string },
    ]);
    expect(await (await fetch(`${server.url}/ready`)).json()).toMatchObject({
      reason: expect.stringContaining('no space left on device') as string,
    });
  });

  it('whose queue is full refuses with overloaded, and serves those it took', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '1', QUEUE_MAX_SIZE: '2' } });
    const running = readEvents(await server.post('/v1/infer/stream', { prompt: 'Tom', params: BUSY }));
    await running.next();
    const responses = await Promise.all(
      Array.from({ length: 5 }, () => server.post('/v1/infer', { prompt: 'Tom', params: { max_new_tokens: 2 } })),
    );
    expect(responses.map(({ status }) => status).toSorted()).toEqual([200, 200, 503, 503, 503]);
    const refused = responses.find(({ status }) => status === 503)!;
    expect(await refused.json()).toMatchObject({ code: 'overloaded' });
    expect(refused.headers.get('retry-after')).toBeTruthy();
  });
});
