import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readEvents, startServer, type TestServer, waitFor } from '../support/server.ts';

/** Long enough that a client who stays would keep the engine busy for the whole test. */
const ENDLESS = { temperature: 0, max_new_tokens: 900, ignore_eos: true };
/** About 900 tokens; with chunks of 3, hundreds of passes. */
const LONG_PROMPT = 'Once upon a time there was a dog. '.repeat(90);

describe('a client that leaves', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '2', PREFILL_CHUNK_TOKENS: '3' } });
  });
  afterAll(() => server.close());

  const idle = (): boolean => {
    const report = server.engine.report;
    return report !== undefined && report.running === 0 && report.waiting === 0 && server.engine.waiting === 0;
  };
  const neighbour = { prompt: 'The little girl', params: { temperature: 0, max_new_tokens: 120, ignore_eos: true } };
  const run = async (body: unknown): Promise<string> => {
    const answer = (await (await server.post('/v1/infer', body)).json()) as { output: string };
    return answer.output;
  };

  const phases: [name: string, prompt: string, others: number, until: (server: TestServer) => boolean][] = [
    ['in the queue', 'Tom', 2, ({ engine }) => engine.waiting === 1],
    ['in prefill', LONG_PROMPT, 0, ({ engine }) => engine.report?.kind === 'prefill' && engine.report.running === 1],
    ['in decode', 'Tom', 0, ({ engine }) => engine.report?.kind === 'decode' && engine.report.running === 1],
  ];
  for (const path of ['/v1/infer', '/v1/infer/stream']) {
    it.each(phases)(
      `of ${path} %s frees its place at once and changes no neighbour`,
      async (_, prompt, others, until) => {
        const expected = await run(neighbour);
        await waitFor(idle);
        const crowd = Array.from({ length: others }, () => new AbortController());
        for (const { signal } of crowd) {
          void server.post('/v1/infer', { prompt: 'A', params: ENDLESS }, { signal }).catch(() => {});
        }
        await waitFor(() => (server.engine.report?.running ?? 0) === others);
        const leaver = new AbortController();
        const left = server
          .post(path, { prompt, params: ENDLESS }, { signal: leaver.signal })
          .then((response) => response.text())
          .catch((error: Error) => error.name);
        await waitFor(() => until(server));
        leaver.abort();
        expect(await left).toBe('AbortError');
        await waitFor(() => server.engine.waiting === 0, 1000);
        for (const controller of crowd) controller.abort();
        // The engine reports only passes: the neighbour's show that nobody else is left.
        expect(await run(neighbour)).toBe(expected);
        expect(server.engine.report).toMatchObject({ running: 0, waiting: 0 });
      },
    );
  }

  it('does not change the bytes of one that decodes beside it', async () => {
    const expected = await run(neighbour);
    const answer = run(neighbour);
    await waitFor(() => server.engine.report?.kind === 'decode');
    const leaver = new AbortController();
    const response = await server.post(
      '/v1/infer/stream',
      { prompt: 'Tom', params: ENDLESS },
      { signal: leaver.signal },
    );
    const events = readEvents(response);
    for (let i = 0; i < 5; i++) await events.next();
    leaver.abort();
    await events.next().catch(() => {});
    expect(await answer).toBe(expected);
  });

  it('is out of the batch within one step', async () => {
    const leaver = new AbortController();
    const stayer = new AbortController();
    const stay = readEvents(
      await server.post('/v1/infer/stream', { prompt: 'A', params: ENDLESS }, { signal: stayer.signal }),
    );
    await stay.next();
    const leave = readEvents(
      await server.post('/v1/infer/stream', { prompt: 'B', params: ENDLESS }, { signal: leaver.signal }),
    );
    await leave.next();
    await waitFor(() => server.engine.report?.running === 2);
    // The way of the socket's end to the server is not the engine's: steps count from the cancellation.
    const process = Reflect.get(server.engine, 'process') as { send: (command: { type: string }) => void };
    const cancelled = vi.spyOn(process, 'send');
    leaver.abort();
    await waitFor(() => cancelled.mock.calls.some(([command]) => command.type === 'cancel'));
    let previous = server.engine.report;
    let steps = 0;
    while (server.engine.report?.running === 2) {
      if (server.engine.report !== previous) steps++;
      previous = server.engine.report;
      await new Promise((resolve) => setImmediate(resolve));
    }
    // One pass may have been on its way to the engine, and one on its way back.
    expect(steps).toBeLessThanOrEqual(2);
    cancelled.mockRestore();
    stayer.abort();
    await stay.next().catch(() => {});
  });
});
