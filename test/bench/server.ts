/**
 * The HTTP process under full engine load: 16 streams on random weights of a 135M shape, on all cores. Prints the event
 * loop's delay (of which 1 ms is the histogram's own), and how long `/health` and a refused request take meanwhile. The
 * clients run in a process of their own.
 *
 *   npm run bench:server [-- --seconds 20]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';
import { startServer, TOKEN } from '../support/server.ts';

const STREAMS = 16;
const { values } = parseArgs({ options: { seconds: { type: 'string' }, url: { type: 'string' } } });
const SECONDS = Number(values.seconds ?? 20);

if (values.url) await runClients(values.url);
else await runServer();

async function runServer(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-bench-'));
  writeRandomModel(folder, SHAPE_135M);
  const server = await startServer({
    yaml: `models: [{ name: random, path: ${folder}, max_batch_size: ${STREAMS}, context_length: 1024 }]`,
    env: { RATE_LIMIT_RPM: '1000000' },
    ready: false,
  });
  while (server.engine.state.phase !== 'ready') await sleep(100);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const clients = fork(import.meta.filename, ['--url', server.url, '--seconds', String(SECONDS)]);
  await once(clients, 'exit');
  delay.disable();
  const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(2);
  console.log(`| HTTP loop delay | ${ms(delay.percentile(50))} | ${ms(delay.percentile(99))} | ${ms(delay.max)} |`);
  await server.close();
  rmSync(folder, { recursive: true });
}

async function runClients(url: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const deadline = performance.now() + SECONDS * 1000;
  let tokens = 0;
  const stream = async (): Promise<void> => {
    while (performance.now() < deadline) {
      const body = JSON.stringify({ prompt: 'x'.repeat(128), params: { max_new_tokens: 64, ignore_eos: true } });
      const response = await fetch(`${url}/v1/infer/stream`, { method: 'POST', headers, body });
      const decoder = new TextDecoder();
      for await (const chunk of response.body!) tokens += decoder.decode(chunk).split('event: token').length - 1;
    }
  };
  const health: number[] = [];
  const refused: number[] = [];
  const time = async (into: number[], request: () => Promise<Response>): Promise<void> => {
    const startedAt = performance.now();
    await (await request()).arrayBuffer();
    into.push(performance.now() - startedAt);
  };
  const probe = async (): Promise<void> => {
    while (performance.now() < deadline) {
      await time(health, () => fetch(`${url}/health`));
      await time(refused, () => fetch(`${url}/v1/infer`, { method: 'POST', headers, body: '{"prompt":""}' }));
      await sleep(20);
    }
  };
  await Promise.all([probe(), ...Array.from({ length: STREAMS }, stream)]);
  console.log(`${STREAMS} streams for ${SECONDS} s, ${(tokens / SECONDS).toFixed(0)} tokens/s\n`);
  console.log('| ms | p50 | p99 | max |\n| :--- | ---: | ---: | ---: |');
  for (const [name, list] of Object.entries({ '/health': health, 'a refused request': refused })) {
    const sorted = list.toSorted((a, b) => a - b);
    const at = (share: number): string =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1);
    console.log(`| ${name} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`);
  }
}
