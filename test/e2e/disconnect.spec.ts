import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readEvents, startServer, type TestServer, waitFor } from '../support/server.ts';

/** Long enough that a client who stays would keep the engine busy for the whole test. */
const ENDLESS = { temperature: 0, max_new_tokens: 900, ignore_eos: true };
/** About 900 tokens; with chunks of 3, hundreds of passes. */
const LONG_PROMPT = 'Once upon a time there was a dog. '.repeat(90);

/** The messages between a supervisor and its process. */
interface Supervised {
  process: { send: (command: { type: string }) => void };
  onEvent: (event: { type: string; report?: { running: number } }) => void;
}

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
        for (const [i, { signal }] of crowd.entries()) {
          void server.post('/v1/infer', { prompt: `A${i}`, params: ENDLESS }, { signal }).catch(() => {});
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
        // The crowd runs on: the place was not freed by one of its ends.
        await waitFor(() => server.engine.waiting === 0 && server.engine.unfinished === others);
        for (const controller of crowd) controller.abort();
        // The engine reports only passes: the neighbour's show that no other request is left.
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
    // A ping sent after the cancellation is answered after it was taken: from there on, one pass may be under way.
    const engine = Reflect.get(server.engine, 'supervisor') as Supervised;
    const onEvent = vi.spyOn(engine, 'onEvent');
    const send = vi.spyOn(engine.process, 'send');
    leaver.abort();
    await waitFor(() => send.mock.calls.some(([command]) => command.type === 'cancel'));
    engine.process.send({ type: 'ping' });
    const answered = (): number => onEvent.mock.calls.findIndex(([{ type }]) => type === 'pong');
    await waitFor(() => answered() !== -1 && server.engine.report?.running === 1);
    const late = onEvent.mock.calls.slice(answered()).map(([event]) => event);
    expect(late.filter(({ report }) => report?.running === 2).length).toBeLessThanOrEqual(1);
    onEvent.mockRestore();
    send.mockRestore();
    stayer.abort();
    await stay.next().catch(() => {});
  });
});
