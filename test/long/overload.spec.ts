import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { overload } from '../support/overload.ts';
import { writeRandomEncoder } from '../support/random-encoder.ts';
import { ServerProcess } from '../support/server-process.ts';
import { waitFor } from '../support/server.ts';

const SECONDS = 10;

describe('more requests than the engine can work off', () => {
  let server: ServerProcess;
  afterEach(async () => {
    server.child.kill('SIGKILL');
    await server.exit();
  });

  const start = async (env: Record<string, string> = {}): Promise<string> => {
    server = new ServerProcess({ QUEUE_MAX_SIZE: '20', BATCH_MAX_SIZE: '8', RATE_LIMIT_RPM: '1000000', ...env });
    return server.ready();
  };

  /** Checks that all were answered or refused, and that nothing has grown. */
  async function overloaded(url: string, path: string, perSecond: number, body: (i: number) => object): Promise<void> {
    const pids = [server.child.pid!, await server.engine(), await server.text()];
    const { outcomes, memoryMb } = await overload({ url, path, body, perSecond, seconds: SECONDS, pids });
    const accepted = outcomes.filter(({ status }) => status === 200);
    const refused = outcomes.filter(({ status }) => status === 503);
    expect(accepted.length + refused.length).toBe(perSecond * SECONDS);
    expect(accepted.length).toBeGreaterThan(20);
    expect(refused.length).toBeGreaterThan(accepted.length);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['overloaded']));
    expect(Math.min(...refused.map(({ retryAfter }) => retryAfter))).toBeGreaterThanOrEqual(1);
    // The first seconds compile the code and open the sockets.
    expect(memoryMb.at(-1)! / memoryMb[3]).toBeLessThan(1.2);
  }

  const post = async (url: string, body: object): Promise<number> => {
    const headers = { authorization: 'Bearer changeme', 'content-type': 'application/json' };
    return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  };

  it('are answered, or refused at once with the time to come back, and the server serves on', async () => {
    const url = await start();
    const body = (i: number): object => ({
      prompt: `Tale ${i}`,
      params: { temperature: 0, max_new_tokens: 64, ignore_eos: true },
    });
    await overloaded(url, '/v1/infer', 500, body);
    expect(await post(`${url}/v1/infer`, body(-1))).toBe(200);
  }, 60_000);

  it('are so of an encoder, too, whatever number of texts they have', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-overload-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    writeRandomEncoder(join(folder, 'embed'), { hiddenSize: 384, layers: 6, heads: 12, maxTokens: 256 });
    const config = join(folder, 'models.yaml');
    writeFileSync(config, `models: [{ name: embed, path: ${join(folder, 'embed')} }]`);
    const url = await start({ TRUTHGPT_CONFIG: config, CACHE_BACKEND: 'none' });
    const body = (i: number): object => ({
      input: Array.from({ length: i % 20 === 19 ? 16 : 1 }, (_, row) => `${'a '.repeat(200)}${i + row}`),
      encoding_format: 'base64',
    });
    await overloaded(url, '/v1/embeddings', 300, body);
    expect(await post(`${url}/v1/embeddings`, body(0))).toBe(200);
    await waitFor(async () =>
      (await (await fetch(`${url}/metrics`)).text()).includes('inference_queue_depth{model="embed"} 0'),
    );
  });
});
