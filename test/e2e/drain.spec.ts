import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { ServerProcess } from '../support/server-process.ts';
import { readEvents, readStream, type StreamEvent, waitFor } from '../support/server.ts';

const headers = { authorization: 'Bearer changeme', 'content-type': 'application/json' };

describe('SIGTERM', () => {
  let server: ServerProcess;
  afterEach(async () => {
    server.child.kill('SIGKILL');
    await server.exit();
  });

  const stream = (url: string, prompt: string, max_new_tokens: number): Promise<Response> => {
    const body = JSON.stringify({ prompt, params: { temperature: 0, max_new_tokens, ignore_eos: true } });
    return fetch(`${url}/v1/infer/stream`, { method: 'POST', headers, body });
  };

  it('lets 16 running and 16 queued streams end, serves on for the delay, then refuses new requests, and exits with 0', async () => {
    // A machine that is busy may take longer than requests may otherwise.
    const patient = { QUEUE_TIMEOUT_MS: '600000', REQUEST_TIMEOUT_MS: '600000', DRAIN_TIMEOUT_MS: '600000' };
    server = new ServerProcess({ BATCH_MAX_SIZE: '16', DRAIN_DELAY_MS: '1500', ...patient });
    const url = await server.ready();
    const answers = Array.from({ length: 32 }, async (_, i): Promise<StreamEvent | undefined> => {
      const response = await stream(url, `Tale ${i}`, 400);
      if (response.status !== 200) throw new Error(await response.text());
      return (await readStream(response)).events.at(-1);
    });
    // All 32 have arrived: one that is still on its way when the delay ends is rightly refused.
    await waitFor(async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return metrics.includes('inference_queue_depth{model="storyteller"} 16\n');
    });
    server.child.kill('SIGTERM');
    await waitFor(async () => (await fetch(`${url}/readyz`)).status === 503);
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ reason: 'the server is shutting down' });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    // Load balancers have not heard of it yet.
    answers.push(stream(url, 'Late', 5).then(async (response) => (await readStream(response)).events.at(-1)));
    // Refused for its field until then: a stream would have to wait for its turn first.
    const probe = { method: 'POST', headers, body: '{}' };
    await waitFor(async () => (await fetch(`${url}/v1/infer`, probe)).status === 503);
    const refused = await stream(url, 'Too late', 5);
    expect(refused.headers.get('connection')).toBe('close');
    expect(await refused.json()).toMatchObject({ code: 'shutting_down' });
    const last = await Promise.all(answers);
    expect(last.map((event) => event?.event)).toEqual(Array.from({ length: 33 }, () => 'done'));
    expect(await server.exit()).toEqual({ code: 0, signal: null });
  }, 120_000);

  it('tells those who are late inside their streams, and a queued request with a status', async () => {
    server = new ServerProcess({ BATCH_MAX_SIZE: '4', DRAIN_TIMEOUT_MS: '200' });
    const url = await server.ready();
    const running = await Promise.all(Array.from({ length: 4 }, (_, i) => stream(url, `Tale ${i}`, 1000)));
    const endings = running.map(async (response) => (await readStream(response)).events.at(-1));
    const queued = stream(url, 'Queued', 1000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    server.child.kill('SIGTERM');
    for (const ending of await Promise.all(endings)) {
      expect(ending).toMatchObject({ event: 'error', data: { error: { code: 'shutting_down' } } });
    }
    expect((await queued).status).toBe(503);
    expect(await server.exit()).toEqual({ code: 0, signal: null });
  });

  it('does not wait for connections that are held in reserve', async () => {
    // Had it to wait for them, it would wait for this long.
    server = new ServerProcess({ DRAIN_TIMEOUT_MS: '600000' });
    const { hostname, port } = new URL(await server.ready());
    const reserve = connect(Number(port), hostname);
    await once(reserve, 'connect');
    await fetch(`http://${hostname}:${port}/livez`);
    server.child.kill('SIGTERM');
    expect(await server.exit()).toEqual({ code: 0, signal: null });
    reserve.destroy();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'a %s after it is ignored as a copy, and ends the server at once when it is later',
    async (second) => {
      server = new ServerProcess({ DRAIN_DELAY_MS: '60000' });
      const url = await server.ready();
      const running = await stream(url, 'Tale', 1000);
      server.child.kill('SIGTERM');
      server.child.kill(second);
      await waitFor(async () => (await fetch(`${url}/readyz`)).status === 503);
      await sleep(1100);
      expect((await fetch(`${url}/livez`)).status).toBe(200);
      server.child.kill(second);
      expect(await server.exit()).toEqual({ code: second === 'SIGTERM' ? 143 : 130, signal: null });
      await running.body?.cancel().catch(() => {});
    },
  );
});

describe('npm start', () => {
  /** As from a terminal or a service manager: the group has the signal, and npm passes it on. */
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'lets a stream end when its process group gets %s',
    async (signal) => {
      const server = ServerProcess.npmStart({ REQUEST_TIMEOUT_MS: '600000', DRAIN_TIMEOUT_MS: '600000' });
      onTestFinished(async () => {
        server.signalGroup('SIGKILL');
        await server.exit();
      });
      const url = await server.ready();
      const body = JSON.stringify({
        prompt: 'Tom',
        params: { temperature: 0, max_new_tokens: 1000, ignore_eos: true },
      });
      const response = await fetch(`${url}/v1/infer/stream`, { method: 'POST', headers, body });
      const events: StreamEvent[] = [];
      for await (const event of readEvents(response)) {
        events.push(event);
        if (events.length === 3) server.signalGroup(signal);
      }
      expect(events.at(-1)).toMatchObject({ event: 'done', data: { usage: { completion_tokens: 1000 } } });
      expect(await server.exit()).toEqual({ code: 0, signal: null });
    },
    120_000,
  );
});

describe('an engine process', () => {
  it('is deaf to the signals of its group before its own code is loaded', async () => {
    const server = new ServerProcess({});
    onTestFinished(async () => {
      server.child.kill('SIGKILL');
      await server.exit();
    });
    await server.ready();
    const [file, ...args] = readFileSync(`/proc/${await server.engine()}/cmdline`, 'utf8').split('\0');
    const flags = args.slice(
      0,
      args.findIndex((arg) => arg.endsWith('process/main.js')),
    );
    // In the place of its code, so that the moment is the first one.
    const code = `for (const signal of ['SIGINT', 'SIGTERM']) process.kill(process.pid, signal);
      setTimeout(() => process.exit(7), 100);`;
    const child = spawn(file, [...flags, '--eval', code]);
    expect(await once(child, 'exit')).toEqual([7, null]);
  });
});
