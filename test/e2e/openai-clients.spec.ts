import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { HumanMessage, SystemMessage } from '@langchain/core/messages';
import { ChatOpenAI, OpenAI as OpenAICompletions } from '@langchain/openai';
import { generateObject, generateText, jsonSchema, streamText } from 'ai';
import OpenAI, {
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, STORYTELLER, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const PERSON = {
  type: 'object',
  properties: { name: { type: 'string', maxLength: 20 }, age: { type: 'integer', minimum: 0, maximum: 120 } },
  required: ['name', 'age'],
  additionalProperties: false,
} as const;
const messages = [{ role: 'user' as const, content: 'Tell me a story.' }];
const settings = { model: 'gpt-4o', messages, max_tokens: 16, temperature: 0 };
/** Beside what OpenAI's API knows. */
const ENDLESS = { ...settings, max_tokens: 1000, temperature: 1, ignore_eos: true };

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

async function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the openai client', () => {
  const client = (options: object = {}): OpenAI =>
    new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, ...options });

  it('chats, at once and streamed', async () => {
    const answer = await client().chat.completions.create(settings);
    expect(answer.choices[0].message.content).toMatch(/\w/);
    expect(answer.usage!.completion_tokens).toBe(16);

    const stream = await client().chat.completions.create({
      ...settings,
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = '';
    let usage;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      usage = chunk.usage ?? usage;
    }
    expect([text, usage]).toEqual([answer.choices[0].message.content, answer.usage]);
  });

  it('helps itself to events, final texts and parsed answers', async () => {
    const runner = client().chat.completions.stream({
      ...settings,
      logprobs: true,
      top_logprobs: 2,
      n: 2,
      seed: 1,
      temperature: 1,
    });
    const final = await runner.finalChatCompletion();
    expect(final.choices).toHaveLength(2);
    expect(final.choices[0].logprobs!.content![0].top_logprobs).toHaveLength(2);
    const parsed = await client().chat.completions.parse({
      ...settings,
      max_tokens: 100,
      response_format: { type: 'json_schema', json_schema: { name: 'person', strict: true, schema: PERSON } },
    });
    expect(JSON.parse(parsed.choices[0].message.content!)).toEqual({
      name: expect.any(String),
      age: expect.any(Number),
    });
  });

  it('completes texts and tokens, and lists models', async () => {
    const { choices } = await client().completions.create({
      model: 'storyteller',
      prompt: ['Tom', 'Lily'],
      max_tokens: 5,
      logprobs: 1,
    });
    expect(choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(choices[0].logprobs!.tokens).toHaveLength(5);
    const stream = await client().completions.create({ model: 'storyteller', prompt: [0, 477, 474], stream: true });
    let pieces = 0;
    for await (const chunk of stream) pieces += chunk.choices.length;
    expect(pieces).toBeGreaterThan(5);
    const names: string[] = [];
    for await (const model of client().models.list()) names.push(model.id);
    expect(names).toEqual(['storyteller', 'gpt-4o']);
    expect((await client().models.retrieve('gpt-4o')).id).toBe('gpt-4o');
  });

  it('throws its own errors', async () => {
    const missing = await failure(client().chat.completions.create({ ...settings, model: 'gpt-5' }));
    expect(missing).toBeInstanceOf(NotFoundError);
    expect(missing).toMatchObject({
      code: 'model_not_found',
      param: 'model',
      message: expect.stringContaining('storyteller'),
    });
    const invalid = await failure(client().chat.completions.create({ ...settings, temperature: 3 }));
    expect(invalid).toBeInstanceOf(BadRequestError);
    expect(invalid).toMatchObject({ param: 'temperature', type: 'invalid_request_error' });
    expect(await failure(client({ apiKey: 'no' }).models.list())).toBeInstanceOf(AuthenticationError);
  });

  it('tries again what can succeed later, when it is told, and does not where a retry cannot help', async () => {
    const limited = await startServer({ env: { RATE_LIMIT_RPM: '1', RATE_LIMIT_WINDOW_SEC: '2' } });
    try {
      let calls = 0;
      const counting = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
        calls++;
        return fetch(input, init);
      };
      const limitedClient = client({ baseURL: `${limited.url}/v1`, fetch: counting });
      await limitedClient.chat.completions.create(settings);
      const startedAt = performance.now();
      await limitedClient.chat.completions.create(settings);
      expect(calls).toBe(3);
      expect(performance.now() - startedAt).toBeGreaterThan(1000);
      expect(await failure(limitedClient.chat.completions.create(settings, { maxRetries: 0 }))).toBeInstanceOf(
        RateLimitError,
      );
    } finally {
      await limited.close();
    }
    const hasty = await startServer({ env: { REQUEST_TIMEOUT_MS: '200' } });
    try {
      let calls = 0;
      const counting = (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
        calls++;
        return fetch(input, init);
      };
      const late = await failure(
        client({ baseURL: `${hasty.url}/v1`, fetch: counting }).chat.completions.create(ENDLESS),
      );
      expect(late).toBeInstanceOf(InternalServerError);
      expect(late).toMatchObject({ status: 504, code: 'deadline_exceeded' });
      expect(calls).toBe(1);
    } finally {
      await hasty.close();
    }
  });

  it('waits for a model that is loading', async () => {
    const yaml = `models: [{ name: slow, path: ${STORYTELLER} }]`;
    const loading = await startServer({ yaml, ready: false });
    try {
      const answer = await client({ baseURL: `${loading.url}/v1` }).chat.completions.create({
        ...settings,
        model: 'slow',
      });
      expect(answer.choices).toHaveLength(1);
    } finally {
      await loading.close();
    }
  });

  it('leaves a stream, and its place is free', async () => {
    const stream = await client().chat.completions.create({ ...ENDLESS, stream: true });
    for await (const _ of stream) break;
    await waitFor(() => server.engine.unfinished === 0);
  });

  it('throws what happens inside a stream', async () => {
    const stream = await client().chat.completions.create({ ...ENDLESS, stream: true });
    const read = async (): Promise<void> => {
      for await (const _ of stream) if (server.engine.pid) process.kill(server.engine.pid, 'SIGKILL');
    };
    expect(await failure(read())).toMatchObject({ code: 'engine_error' });
    await waitFor(() => server.engine.state.phase === 'ready');
  });
});

describe('LangChain', () => {
  const options = (): object => ({
    model: 'gpt-4o',
    apiKey: TOKEN,
    temperature: 0,
    maxTokens: 16,
    configuration: { baseURL: `${server.url}/v1` },
  });

  it('chats, at once and streamed', async () => {
    const chat = new ChatOpenAI(options());
    const input = [new SystemMessage('You tell stories.'), new HumanMessage('A story, please.')];
    const answer = await chat.invoke(input);
    expect(answer.usage_metadata).toMatchObject({ output_tokens: 16 });
    let text = '';
    for await (const chunk of await chat.stream(input)) text += chunk.text;
    expect(text).toBe(answer.text);
  });

  it('answers batches, and in a structure', async () => {
    const chat = new ChatOpenAI({ ...options(), maxTokens: 100 });
    expect(await chat.batch(['Tom', 'Lily'])).toHaveLength(2);
    const structured = chat.withStructuredOutput({ title: 'person', ...PERSON }, { method: 'jsonSchema' });
    expect(await structured.invoke('Who is it?')).toEqual({ name: expect.any(String), age: expect.any(Number) });
  });

  it('completes', async () => {
    expect(await new OpenAICompletions({ ...options(), model: 'storyteller' }).invoke('Once upon a time')).toMatch(
      /\w/,
    );
  });

  it('tells what is wrong', async () => {
    const chat = new ChatOpenAI({ ...options(), model: 'gpt-5', maxRetries: 1 });
    expect(await failure(chat.invoke('x'))).toMatchObject({
      status: 404,
      message: expect.stringContaining('storyteller'),
    });
  });
});

describe('the AI SDK', () => {
  const provider = (): ReturnType<typeof createOpenAICompatible> =>
    createOpenAICompatible({
      name: 'frontier',
      baseURL: `${server.url}/v1`,
      apiKey: TOKEN,
      includeUsage: true,
      supportsStructuredOutputs: true,
    });

  it('generates text, at once and streamed, from chats and prompts', async () => {
    const call = { model: provider()('gpt-4o'), prompt: 'Once upon a time', temperature: 0, maxOutputTokens: 16 };
    const { text, usage, finishReason } = await generateText(call);
    expect([usage.outputTokens, finishReason]).toEqual([16, 'length']);
    const streamed = streamText(call);
    let joined = '';
    for await (const piece of streamed.textStream) joined += piece;
    expect([joined, (await streamed.usage).outputTokens]).toEqual([text, 16]);
    const completed = await generateText({ ...call, model: provider().completionModel('gpt-4o') });
    expect(completed.text).toMatch(/\w/);
  });

  it('generates objects', async () => {
    const schema = jsonSchema<{ name: string; age: number }>(PERSON);
    const { object } = await generateObject({
      model: provider()('gpt-4o'),
      schema,
      prompt: 'Who is it?',
      maxOutputTokens: 100,
    });
    expect(object).toEqual({ name: expect.any(String), age: expect.any(Number) });
  });

  it('tells what is wrong', async () => {
    const call = generateText({ model: provider()('gpt-5'), prompt: 'x', maxRetries: 0 });
    expect(await failure(call)).toMatchObject({ statusCode: 404, message: expect.stringContaining('storyteller') });
  });
});
