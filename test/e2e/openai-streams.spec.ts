import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunksOf } from '../support/chunks.ts';
import { OpenApiContract } from '../support/openapi.ts';
import { chatBody, type Completion, MESSAGES, OpenAiServer } from '../support/openai-server.ts';
import { type TestServer, waitFor } from '../support/server.ts';

interface Chunk {
  id: string;
  choices: {
    index: number;
    text?: string;
    delta: { role?: string; content?: string };
    logprobs?: unknown;
    finish_reason: string | null;
  }[];
  usage?: object | null;
  error?: object;
}

describe('streams of the OpenAI routes', () => {
  let openai: OpenAiServer;
  beforeAll(async () => {
    openai = await OpenAiServer.start();
  });
  afterAll(() => openai.close());

  const stream = async (path: string, body: object): Promise<Chunk[]> => {
    const response = await openai.server.post(path, { ...body, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const { data } = chunksOf(await response.text());
    expect(data.at(-1)).toBe('[DONE]');
    return data.slice(0, -1) as Chunk[];
  };

  it.each([
    ['/v1/chat/completions', { messages: MESSAGES }],
    ['/v1/completions', { prompt: ['Once upon a time', 'The dog'] }],
  ])('%s streams the same completions as without a stream', async (path, body) => {
    const contract = await contractOf(openai.server);
    for (const settings of [
      { temperature: 0, max_tokens: 20 },
      {
        temperature: 1,
        seed: 3,
        n: 3,
        max_tokens: 30,
        stop: [' the', '.'],
        logprobs: path.includes('chat') ? true : 2,
      },
      { temperature: 1, seed: -5, max_tokens: 40, response_format: { type: 'json_object' } },
    ]) {
      const whole = await openai.post(path, { ...body, ...settings });
      const chunks = await stream(path, { ...body, ...settings, stream_options: { include_usage: true } });
      const validate = contract.schema(path.includes('chat') ? 'ChatCompletionChunk' : 'TextCompletionChunk');
      for (const chunk of chunks) expect([chunk, validate(chunk), validate.errors]).toEqual([chunk, true, null]);
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
      for (const { index, message, text, finish_reason, logprobs } of whole.choices) {
        const pieces = chunks.flatMap(({ choices }) => choices).filter((choice) => choice.index === index);
        expect(pieces.map(({ delta, text: piece }) => piece ?? delta.content ?? '').join('')).toBe(
          message?.content ?? text,
        );
        expect(pieces.map((piece) => piece.finish_reason).filter(Boolean)).toEqual([finish_reason]);
        expect(pieces.at(-1)!.finish_reason).toBe(finish_reason);
        if (message) expect(pieces.map(({ delta }) => delta.role).filter(Boolean)).toEqual(['assistant']);
        if (message) expect(pieces[0].delta).toEqual({ role: 'assistant', content: '' });
        expect(joinedLogprobs(pieces)).toEqual(logprobs === null ? {} : joinedLogprobs([{ logprobs }]));
      }
    }
  });

  it('every chunk has the usage where that is requested, also of a cached completion', async () => {
    const body = {
      messages: MESSAGES,
      temperature: 0,
      max_tokens: 9,
      stream_options: { continuous_usage_stats: true },
    };
    for (const cache of ['MISS', 'HIT']) {
      const response = await openai.server.post('/v1/chat/completions', { ...body, stream: true });
      expect(response.headers.get('x-cache')).toBe(cache);
      const chunks = chunksOf(await response.text()).data.slice(0, -1) as { usage: Completion['usage'] }[];
      const counts = chunks.map(({ usage }) => usage.completion_tokens);
      expect(counts.at(-1)).toBe(9);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      expect(new Set(chunks.map(({ usage }) => usage.prompt_tokens)).size).toBe(1);
      expect(chunks.every(({ usage }) => usage.prompt_tokens + usage.completion_tokens === usage.total_tokens)).toBe(
        true,
      );
    }
  });

  it('a fault inside a stream is an error chunk without [DONE]', async () => {
    const body = chatBody({ max_tokens: 900, ignore_eos: true, stream: true, temperature: 1 });
    const response = await openai.server.post('/v1/chat/completions', body);
    process.kill(openai.server.engine.pid!, 'SIGKILL');
    const { data } = chunksOf(await response.text());
    expect(data.at(-1)).toEqual({
      error: {
        message: expect.stringContaining('Send it again'),
        type: 'server_error',
        param: null,
        code: 'engine_error',
      },
    });
    await waitFor(() => openai.server.engine.state.phase === 'ready');
  });
});

async function contractOf(server: TestServer): Promise<OpenApiContract> {
  return new OpenApiContract(
    (await (await fetch(`${server.url}/docs/json`)).json()) as ConstructorParameters<typeof OpenApiContract>[0],
  );
}

/** Columns and rows of log probabilities that came in pieces, as one. */
function joinedLogprobs(pieces: { logprobs?: unknown }[]): Record<string, unknown[]> {
  const joined: Record<string, unknown[]> = {};
  for (const { logprobs } of pieces) {
    for (const [column, values] of Object.entries((logprobs ?? {}) as Record<string, unknown>)) {
      if (Array.isArray(values)) joined[column] = [...(joined[column] ?? []), ...(values as unknown[])];
    }
  }
  return joined;
}
