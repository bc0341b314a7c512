import { describe, expect, it } from 'vitest';
import { ServerProcess } from '../support/server-process.ts';
import { waitFor } from '../support/server.ts';

const HEADERS = { authorization: 'Bearer changeme', 'content-type': 'application/json' };

describe('probes', () => {
  it('answer in time under full load, and the event loop keeps up', async () => {
    const server = new ServerProcess({ RATE_LIMIT_RPM: '100000' });
    const url = await server.ready();
    const stop = new AbortController();
    const load = Array.from({ length: 32 }, async (_, i) => {
      for (let n = 0; !stop.signal.aborted; n++) {
        const body = JSON.stringify({ prompt: `Tale ${i} ${n}`, params: { max_new_tokens: 200, ignore_eos: true } });
        await (await fetch(`${url}/v1/infer/stream`, { method: 'POST', headers: HEADERS, body })).text();
      }
    });
    await waitFor(async () => (await (await fetch(`${url}/metrics`)).text()).includes('inference_step_seconds_count'));
    const times: number[] = [];
    for (let i = 0; i < 150; i++) {
      const startedAt = performance.now();
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      times.push(performance.now() - startedAt);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const text = await (await fetch(`${url}/metrics`)).text();
    const lag = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(text)![1]);
    stop.abort();
    await Promise.all(load);
    server.child.kill('SIGTERM');
    expect((await server.exit()).code).toBe(0);
    times.sort((a, b) => a - b);
    expect(times[Math.floor(times.length * 0.99)]).toBeLessThan(50);
    expect(lag).toBeLessThan(0.02);
  });
});
