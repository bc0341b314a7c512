import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readStream, startServer, type TestServer } from '../support/server.ts';

const GREEDY = { prompt: 'Once upon a time', params: { temperature: 0, max_new_tokens: 24 } };

interface InferAnswer {
  id: string;
  model: string;
  output: string;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  latency_ms: number;
  cached: boolean;
  finish_reason: string;
}

describe('inference', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  const infer = async (body: unknown): Promise<InferAnswer> => {
    const response = await server.post('/v1/infer', body);
    expect(response.status).toBe(200);
    return (await response.json()) as InferAnswer;
  };

  it("answers the seed's Python example", async () => {
    const params = { max_new_tokens: 128, temperature: 0.7 };
    const answer = await infer({ model: 'gpt-4o', prompt: 'Hello, world!', params });
    expect(answer).toEqual({
      id: expect.stringMatching(/^infer-[0-9a-f-]{36}$/),
      model: 'storyteller',
      output: expect.stringMatching(/\b(the|a|I|and|to)\b/),
      usage: {
        prompt_tokens: 5,
        completion_tokens: expect.any(Number),
        total_tokens: 5 + answer.usage.completion_tokens,
      },
      latency_ms: expect.any(Number),
      cached: false,
      finish_reason: expect.stringMatching(/^(stop|length)$/),
    });
  });

  it("answers the seed's curl, which sends a form's content type", async () => {
    const response = await server.post('/v1/infer/stream', '{"model":"gpt-4o","prompt":"Hello","params":{}}', {
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/event-stream' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const { events, text } = await readStream(response);
    expect(text).toMatch(/\w/);
    expect(events.at(-1)).toMatchObject({
      event: 'done',
      data: { finish_reason: expect.stringMatching(/^(stop|length)$/) },
    });
  });

  it.each(['', 'text/plain', 'application/octet-stream', 'nonsense'])(
    'answers a body of content type "%s"',
    async (type) => {
      const headers = { 'content-type': type };
      expect((await server.post('/v1/infer', JSON.stringify(GREEDY), { headers })).status).toBe(200);
    },
  );

  it('continues the prompt, and does not repeat it', async () => {
    const { output } = await infer(GREEDY);
    expect(output).toMatch(/^,? there was a/);
  });

  it('streams what it answers at once', async () => {
    for (const params of [
      GREEDY.params,
      { temperature: 1, seed: 7, max_new_tokens: 40 },
      { seed: 3, stop: [' the', '.'] },
    ]) {
      const body = { ...GREEDY, params };
      const { output, usage, finish_reason } = await infer(body);
      const { events, text } = await readStream(await server.post('/v1/infer/stream', body));
      expect(text).toBe(output);
      expect(events.at(-1)).toEqual({ event: 'done', data: { usage, finish_reason } });
      expect(events.at(-2)).toMatchObject({ event: 'token', data: { finish_reason } });
      expect(events.slice(0, -2).every(({ data }) => data.finish_reason === null)).toBe(true);
    }
  });

  it('sends tokens while it generates', async () => {
    const body = { ...GREEDY, params: { ...GREEDY.params, max_new_tokens: 400, ignore_eos: true } };
    const events = readEvents(await server.post('/v1/infer/stream', body));
    await events.next();
    const { running } = server.engine.report!;
    expect(running).toBe(1);
    let count = 0;
    for await (const { event } of events) if (event === 'token') count++;
    expect(count).toBeGreaterThan(300);
  });

  it('repeats a seeded answer, and differs with another seed', async () => {
    const body = (seed: number): unknown => ({ prompt: 'The dog', params: { seed, temperature: 1.2 } });
    const [a, c] = await Promise.all([infer(body(1)), infer(body(2))]);
    const b = await infer(body(1));
    expect(a.output).toBe(b.output);
    expect(a.output).not.toBe(c.output);
  });

  it('ends before a stop string with `stop`', async () => {
    const whole = await infer(GREEDY);
    const { output, finish_reason } = await infer({ ...GREEDY, params: { ...GREEDY.params, stop: 'girl' } });
    expect(finish_reason).toBe('stop');
    expect(whole.output.startsWith(`${output}girl`)).toBe(true);
  });

  it('takes null for what is left to its default', async () => {
    const params = { temperature: 0, top_p: null, stop: null, seed: null, max_new_tokens: 4 };
    expect((await infer({ model: null, prompt: 'Tom', params })).usage.completion_tokens).toBe(4);
    expect((await infer({ prompt: 'Tom', params: null })).finish_reason).toBeDefined();
  });

  it('shares passes between concurrent requests', async () => {
    const bodies = Array.from({ length: 16 }, (_, i) => ({
      prompt: `Once upon a time ${i}`,
      params: { temperature: 0, max_new_tokens: 60, ignore_eos: true },
    }));
    let largest = 0;
    const watch = setInterval(() => (largest = Math.max(largest, server.engine.report?.running ?? 0)), 1);
    const together = await Promise.all(bodies.map(infer));
    clearInterval(watch);
    expect(largest).toBeGreaterThan(4);
    for (const [i, body] of bodies.entries()) expect((await infer(body)).output).toBe(together[i].output);
  });

  it('tells request id, response time and phases in headers', async () => {
    const response = await server.post('/v1/infer', GREEDY, { headers: { 'x-request-id': 'my-id.1' } });
    expect(response.headers.get('x-request-id')).toBe('my-id.1');
    expect(response.headers.get('x-response-time')).toMatch(/^\d+\.\dms$/);
    expect(response.headers.get('server-timing')).toMatch(/^queue;dur=[\d.]+, prefill;dur=[\d.]+, decode;dur=[\d.]+$/);
    const unsafe = await server.post('/v1/infer', GREEDY, { headers: { 'x-request-id': 'a b"c' } });
    expect(unsafe.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
