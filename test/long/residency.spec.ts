import { mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { BatchingService } from '@frontier/batching';
import { isAlive } from '../support/is-alive.js';
import { startServer, STORYTELLER, type TestServer } from '../support/server.js';

const LARGE = resolve(import.meta.dirname, '../../models/storyteller-large');
/** A short form for every day, and the whole one: `npm run test:residency`. */
const [REQUESTS, CYCLES, REPLACED] = process.env.RESIDENCY === 'full' ? [200, 50, 5000] : [64, 12, 1200];
const PROMPTS = ['Once upon a time', 'Tom had a cat', 'The sun was', 'Lily saw a'];

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'frontier-residency-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function start(yaml: string, env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer({
    ready: false,
    yaml,
    env: { RATE_LIMIT_RPM: '100000', GRAPH_CACHE_DIR: join(folder, 'graphs'), ...env },
  });
  onTestFinished(() => server.close());
  return server;
}

const memoryOf = (server: TestServer, model: string): number => server.app.get(BatchingService).memoryOf(model) ?? 0;

async function change(server: TestServer, model: string, to: 'load' | 'unload' | 'load?reload=true'): Promise<void> {
  const response = await server.post(`/admin/models/${model}/${to}`, '');
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining(`"id":"${model}"`)]);
}

describe('models that come and go', () => {
  it('answer requests of 8 callers for two models in a memory that holds one', async () => {
    const budget = 420 * 2 ** 20;
    const models = ['a', 'b'].map((name) => `{ name: ${name}, path: ${STORYTELLER}, residency: on_demand }`);
    const server = await start(`models: [${models.join(', ')}]`, { MODELS_MEMORY_BYTES: String(budget) });
    const seen = { most: 0, together: 0 };
    const watch = setInterval(() => {
      const [a, b] = ['a', 'b'].map((model) => memoryOf(server, model));
      seen.most = Math.max(seen.most, a + b);
      if (a > 0 && b > 0) seen.together++;
    }, 10);
    onTestFinished(() => clearInterval(watch));
    const outcomes: { prompt: string; status: number; text: string }[] = [];
    let next = 0;
    const call = async (): Promise<void> => {
      while (next < REQUESTS) {
        const i = next++;
        const request = {
          model: 'ab'[i % 2],
          prompt: PROMPTS[(i >> 1) % PROMPTS.length],
          temperature: 0,
          max_tokens: 16,
        };
        const response = await server.post('/v1/completions', request);
        const { choices } = (await response.json()) as { choices?: { text: string }[] };
        outcomes.push({ prompt: request.prompt, status: response.status, text: choices?.[0].text ?? '' });
      }
    };
    await Promise.all(Array.from({ length: 8 }, call));
    expect(outcomes.filter(({ status }) => status !== 200)).toEqual([]);
    expect(new Set(outcomes.map(({ prompt, text }) => `${prompt}${text}`)).size).toBe(PROMPTS.length);
    expect(seen).toEqual({ most: expect.any(Number), together: 0 });
    expect(seen.most).toBeGreaterThan(50 * 2 ** 20);
    expect(seen.most).toBeLessThan(1.1 * budget);
  });

  it('leave nothing behind, loaded and unloaded again and again', async () => {
    const server = await start(`models: [{ name: a, path: ${STORYTELLER} }]`);
    const engines = server.app.get(BatchingService);
    const sizes: number[] = [];
    for (let i = 0; i < CYCLES; i++) {
      await change(server, 'a', 'load');
      const { pids } = engines.engine('a');
      expect(pids).toHaveLength(2);
      await change(server, 'a', 'unload');
      expect(pids.filter(isAlive)).toEqual([]);
      sizes.push(process.memoryUsage().rss);
    }
    const median = (part: number[]): number => part.toSorted((x, y) => x - y)[part.length >> 1];
    expect(median(sizes.slice(-5))).toBeLessThan(1.05 * median(sizes.slice(5, 10)));
  });

  it('take the place of each other under load: no request fails, and none is answered by two revisions', async () => {
    const current = join(folder, 'current');
    const lead = (to: string): void => {
      symlinkSync(to, `${current}.next`);
      renameSync(`${current}.next`, current);
    };
    lead(STORYTELLER);
    const server = await start(`models: [{ name: a, path: ${current} }]`);
    await change(server, 'a', 'load');
    const ask = async (i: number): Promise<string> => {
      const messages = [{ role: 'user', content: PROMPTS[i % PROMPTS.length] }];
      const request = { model: 'a', messages, temperature: 0, max_tokens: 3 };
      const response = await server.post('/v1/chat/completions', request);
      if (response.status !== 200) return `${response.status} ${await response.text()}`;
      const { choices, usage } = (await response.json()) as { choices: unknown[]; usage: unknown };
      return JSON.stringify([choices, usage]);
    };
    const answers: Set<string>[] = PROMPTS.map(() => new Set());
    const learn = async (): Promise<void> => {
      for (const i of PROMPTS.keys()) answers[i].add(await ask(i));
    };
    await learn();
    lead(LARGE);
    await change(server, 'a', 'load?reload=true');
    await learn();
    expect(answers.map(({ size }) => size)).toEqual([2, 2, 2, 2]);

    let next = 0;
    const isNearEnd = (): boolean => next >= 0.9 * REPLACED;
    const wrong: string[] = [];
    const counts = new Map<string, number>();
    const call = async (): Promise<void> => {
      while (next < REPLACED) {
        const i = next++;
        const answer = await ask(i);
        if (!answers[i % PROMPTS.length].has(answer)) wrong.push(answer);
        counts.set(answer, (counts.get(answer) ?? 0) + 1);
      }
    };
    const callers = Promise.all(Array.from({ length: 16 }, call));
    let replacements = 0;
    while (!isNearEnd()) {
      lead(replacements++ % 2 === 0 ? STORYTELLER : LARGE);
      await change(server, 'a', 'load?reload=true');
    }
    await callers;
    expect(wrong).toEqual([]);
    expect(replacements).toBeGreaterThan(1);
    expect(counts.size).toBe(8);
  });
});
