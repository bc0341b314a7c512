import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COSTLY_BODIES } from '../support/costly-bodies.ts';
import { elapsedMs } from '../support/elapsed.ts';
import { startServer, type TestServer, waitFor } from '../support/server.ts';
import { StructuredAnswers } from '../support/structured-answers.ts';

const ENDLESS = { temperature: 0, max_new_tokens: 900, ignore_eos: true };

describe('a request', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '2' } });
  });
  afterAll(() => server.close());

  it.each(COSTLY_BODIES)('is refused within a second: %s', async (_, body) => {
    const refuse = async (): Promise<void> => expect((await server.post('/v1/infer', body)).status).toBe(422);
    expect(await elapsedMs(refuse)).toBeLessThan(1000);
  });

  it('with a schema that is costly to follow gets 20 tokens within 3 s', async () => {
    const answers = await StructuredAnswers.of(server);
    const properties = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`property_${i}`, { type: 'string' }]));
    const format = { type: 'json_schema', json_schema: { schema: { type: 'object', properties } } };
    expect(await elapsedMs(() => answers.ask(format, { max_tokens: 20, temperature: 1 }))).toBeLessThan(3000);
  });

  it('leaves the queue within a second of its caller', async () => {
    const crowd = Array.from({ length: 2 }, () => new AbortController());
    for (const [i, { signal }] of crowd.entries()) {
      void server.post('/v1/infer', { prompt: `A${i}`, params: ENDLESS }, { signal }).catch(() => {});
    }
    await waitFor(() => server.engine.report?.running === 2);
    const leaver = new AbortController();
    const left = server.post('/v1/infer', { prompt: 'Tom', params: ENDLESS }, { signal: leaver.signal });
    await waitFor(() => server.engine.waiting === 1);
    leaver.abort();
    await left.catch(() => {});
    await waitFor(() => server.engine.waiting === 0, 1000);
    for (const controller of crowd) controller.abort();
    await waitFor(() => server.engine.unfinished === 0, 1000);
  });
});
