import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server-process.ts';

const ARRIVALS_PER_SECOND = 500;
const SECONDS = 10;

interface Outcome {
  status: number;
  code?: string;
  retryAfter: number;
  insideMs: number;
}

describe('more requests than the engine can work off', () => {
  let server: ServerProcess;
  let url: string;
  const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
  beforeAll(async () => {
    const env = { QUEUE_MAX_SIZE: '20', BATCH_MAX_SIZE: '8', RATE_LIMIT_RPM: '1000000' };
    server = new ServerProcess(env);
    url = await server.ready();
  });
  afterAll(async () => {
    agent.destroy();
    server.child.kill('SIGKILL');
    await server.exit();
  });

  const infer = (prompt: string): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: 'Bearer changeme', 'content-type': 'application/json' };
      const outgoing = request(`${url}/v1/infer`, { method: 'POST', agent, headers }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode!,
            code: (JSON.parse(body) as { code?: string }).code,
            retryAfter: Number(response.headers['retry-after']),
            insideMs: Number.parseFloat(String(response.headers['x-response-time'])),
          });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(JSON.stringify({ prompt, params: { temperature: 0, max_new_tokens: 64, ignore_eos: true } }));
    });

  const residentMb = (): number => {
    const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024;
  };

  it('are answered, or refused at once with the time to come back, and the server serves on', async () => {
    const outcomes: Promise<Outcome>[] = [];
    const memory: number[] = [];
    const startedAt = performance.now();
    while (outcomes.length < ARRIVALS_PER_SECOND * SECONDS) {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * ARRIVALS_PER_SECOND);
      while (outcomes.length < Math.min(due, ARRIVALS_PER_SECOND * SECONDS))
        outcomes.push(infer(`Tale ${outcomes.length}`));
      if (outcomes.length >= memory.length * ARRIVALS_PER_SECOND) memory.push(residentMb());
      await sleep(1);
    }
    const all = await Promise.all(outcomes);
    const accepted = all.filter(({ status }) => status === 200);
    const refused = all.filter(({ status }) => status === 503);
    expect(accepted.length + refused.length).toBe(ARRIVALS_PER_SECOND * SECONDS);
    expect(accepted.length).toBeGreaterThan(20);
    expect(refused.length).toBeGreaterThan(accepted.length);
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(['overloaded']));
    expect(Math.min(...refused.map(({ retryAfter }) => retryAfter))).toBeGreaterThanOrEqual(1);
    const inside = refused.map(({ insideMs }) => insideMs).toSorted((a, b) => a - b);
    const p99 = inside[Math.floor(inside.length * 0.99)];
    expect(p99).toBeLessThan(50);
    // The first seconds compile the code and open the sockets.
    expect(memory.at(-1)! / memory[3]).toBeLessThan(1.2);
    expect((await infer('And then')).status).toBe(200);
  }, 60_000);
});
