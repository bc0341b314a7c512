import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FAKE_REPOSITORY, FakeHub } from '@frontier/engine/testing/fake-hub';
import { startServer, STORYTELLER, type TestServer } from '../support/server.js';

const GENAI = resolve(import.meta.dirname, '../goldens/onnx/genai-llama');
const REQUEST = { model: 'hub', prompt: 'Once upon a time', temperature: 0, max_tokens: 12 };

/** The files of a folder, by name. */
function filesOf(folder: string): Record<string, Buffer> {
  return Object.fromEntries(
    readdirSync(folder, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => [
        join(parentPath, name).slice(folder.length + 1),
        readFileSync(join(parentPath, name)),
      ]),
  );
}

describe('a model of a hub', () => {
  let hub: FakeHub;
  let cache: string;
  let server: TestServer | undefined;
  beforeEach(async () => {
    hub = await FakeHub.start(filesOf(STORYTELLER));
    cache = mkdtempSync(join(tmpdir(), 'frontier-hub-'));
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
    await hub.stop();
    rmSync(cache, { recursive: true });
  });

  const start = async (ready: boolean, env: Record<string, string> = {}): Promise<TestServer> =>
    (server = await startServer({
      ready,
      env: { HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache, ...env },
      yaml: `models: [{ name: local, path: ${STORYTELLER} }, { name: hub, path: 'hf:${FAKE_REPOSITORY}' }]\ndefault: hub`,
    }));
  const textOf = async (model: string): Promise<string> => {
    const response = await server!.post('/v1/completions', { ...REQUEST, model });
    expect(response.status).toBe(200);
    const { choices } = (await response.json()) as { choices: { text: string }[] };
    return choices[0].text;
  };
  /** The text of a model that may still load. */
  const eventually = (model: string): Promise<string> =>
    vi.waitFor(() => textOf(model), { timeout: 25_000, interval: 100 });
  const reasons = async (): Promise<string> => (await fetch(`${server!.url}/readyz`)).text();

  it('answers as its files do, also from the cache without a connection', async () => {
    await start(true);
    const text = await eventually('local');
    expect(text).not.toBe('');
    expect(await textOf('hub')).toBe(text);
    await server!.close();
    hub.requests.length = 0;
    await start(true, { HF_HUB_OFFLINE: '1' });
    expect(await textOf('hub')).toBe(text);
    expect(hub.requests).toEqual([]);
  });

  it('keeps no other model waiting, and comes when its hub does', async () => {
    let isDown = true;
    hub.misbehave = ({ response, path }) => isDown && path?.endsWith('.safetensors') && !!response.writeHead(500).end();
    await start(false);
    const text = await eventually('local');
    const refused = await server!.post('/v1/completions', REQUEST);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'model_loading' } }]);
    isDown = false;
    expect(await eventually('hub')).toBe(text);
  });

  it('says what to do where it cannot be had', async () => {
    hub.misbehave = ({ response }) => !!response.writeHead(403, { 'x-error-code': 'GatedRepo' }).end();
    await start(false);
    await expect.poll(reasons, { timeout: 10_000 }).toMatch(/hf:frontier\/tiny.*Accept its terms/);
    const refused = await server!.post('/v1/completions', REQUEST);
    expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'model_unavailable' } }]);
  });

  it('ends with the server while it is being downloaded', async () => {
    hub.misbehave = ({ path }) => path?.endsWith('.safetensors');
    // Without an end of its own.
    await start(false, { HF_HUB_DOWNLOAD_TIMEOUT: '600' });
    await expect.poll(() => hub.fileRequests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await server!.close();
    server = undefined;
  });

  it('may be an ONNX file with its weights beside it', async () => {
    await hub.stop();
    hub = await FakeHub.start(filesOf(GENAI));
    server = await startServer({
      env: { HF_ENDPOINT: hub.url, HF_HUB_CACHE: cache },
      yaml: `models: [{ name: local, path: ${GENAI} }, { name: hub, path: 'hf:${FAKE_REPOSITORY}/model.onnx' }]`,
    });
    expect(await eventually('hub')).toBe(await eventually('local'));
  });
});
