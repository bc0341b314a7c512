import Anthropic from '@anthropic-ai/sdk';
import { jsonSchemaOutputFormat } from '@anthropic-ai/sdk/helpers/json-schema';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BatchingService } from '@frontier/batching';
import { AppError } from '@frontier/errors';
import { startScriptedServer } from '../support/encoder-server.ts';
import { OpenApiContract } from '../support/openapi.ts';
import { startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const clientOf = (server: TestServer, options: { apiKey?: string | null; authToken?: string | null } = {}): Anthropic =>
  new Anthropic({ baseURL: server.url, apiKey: TOKEN, authToken: null, maxRetries: 0, ...options });

const ask = (content: string): Anthropic.MessageParam[] => [{ role: 'user', content }];
const WEATHER: Anthropic.Tool = {
  name: 'get_weather',
  description: 'The weather of a city.',
  input_schema: {
    type: 'object',
    properties: { city: { type: 'string', maxLength: 20 }, days: { type: 'integer', minimum: 1, maximum: 7 } },
    required: ['city', 'days'],
    additionalProperties: false,
  },
};
const NOW: Anthropic.Tool = { name: 'now', input_schema: { type: 'object', properties: {} } };

/** A model that thinks, asks for the weather, then for the time and the weather at once, then answers with what it was told. */
function agent({ prompt }: { prompt: string }): string[] {
  const results = [...prompt.matchAll(/^tool: (.*)$/gm)].map(([, result]) => result);
  const call = (name: string, given: object): string =>
    `<tool_call>\n{"name": "${name}", "arguments": ${JSON.stringify(given)}}\n</tool_call>`;
  if (results.length === 0) {
    return ['<think>', 'Hm.', '</think>\n\n', 'Let me look.\n', call('get_weather', { city: 'Paris', days: 2 })];
  }
  if (results.length === 1) return [`${call('now', {})}\n${call('get_weather', { city: 'Rome', days: 1 })}`];
  return ['It is ', results.join(' and '), '.'];
}

describe('messages, with an engine that follows a script', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({
      agent: { answers: (request) => ({ text: agent(request) }) },
      broken: {
        answers: { 'user: x\nassistant:': { text: 'One two', error: new AppError('No.', { code: 'x', status: 503 }) } },
      },
      slow: { answers: () => ({ text: 'word '.repeat(5000), delayMs: 5 }) },
      echo: { answers: ({ prompt }) => ({ text: prompt }) },
    });
  });
  afterAll(() => server.close());

  it('streams thoughts, a text and a call in blocks, with the tokens of the prompt first', async () => {
    const client = clientOf(server);
    const body = { model: 'agent', max_tokens: 100, messages: ask('The weather?'), tools: [WEATHER, NOW] };
    const { input_tokens } = await client.messages.countTokens({
      model: 'agent',
      messages: body.messages,
      tools: body.tools,
    });
    const events = [];
    for await (const event of await client.messages.create({ ...body, stream: true })) events.push(event);
    const usage = { input_tokens, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };
    expect(events[0]).toMatchObject({ type: 'message_start', message: { content: [], stop_reason: null, usage } });
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: 'tool_use', stop_sequence: null },
      usage: { ...usage, output_tokens: 5 },
    });
    const [thoughts, text, call] = [
      ['start', 'delta', 'delta', 'stop'],
      ['start', 'delta', 'stop'],
      ['start', 'delta', 'stop'],
    ];
    expect(events.map(({ type }) => type.replace('content_block_', ''))).toEqual([
      'message_start',
      ...thoughts,
      ...text,
      ...call,
      'message_delta',
      'message_stop',
    ]);
  });

  it('follows the order of events on the wire, with a ping, names and no [DONE]; each event is of its schema', async () => {
    const contract = await contractOf(server);
    const validate = contract.schema('MessageStreamEvent');
    const body = { model: 'agent', max_tokens: 100, messages: ask('The weather?'), tools: [WEATHER], stream: true };
    const response = await server.post('/v1/messages?beta=true', body);
    const text = await response.text();
    const events = text
      .trim()
      .split('\n\n')
      .map((event) => /^event: (.*)\ndata: (.*)$/.exec(event)!)
      .map(([, name, data]) => ({ name, data: JSON.parse(data) as { type: string } }));
    expect(events.slice(0, 2).map(({ name }) => name)).toEqual(['message_start', 'ping']);
    for (const { name, data } of events) {
      expect(data.type).toBe(name);
      expect([data, validate(data), validate.errors]).toEqual([data, true, null]);
    }
    expect(text).not.toContain('[DONE]');
  });

  it("collects a message with the client's own stream, the same as at once", async () => {
    const client = clientOf(server);
    const body = { model: 'agent', max_tokens: 100, messages: ask('The weather?'), tools: [WEATHER] };
    const whole = await client.messages.create(body);
    const streamed = await client.messages.stream(body).finalMessage();
    const id = expect.stringMatching(/^toolu_\w{24}$/) as string;
    const content = [
      { type: 'thinking', thinking: 'Hm.', signature: '' },
      { type: 'text', text: 'Let me look.\n' },
      { type: 'tool_use', id, name: 'get_weather', input: { city: 'Paris', days: 2 } },
    ];
    expect(whole).toMatchObject({ type: 'message', role: 'assistant', model: 'agent', stop_reason: 'tool_use' });
    expect(whole.id).toMatch(/^msg_\w{32}$/);
    expect(whole.content).toEqual(content);
    expect(streamed.content).toMatchObject(content);
    expect(streamed.usage).toMatchObject({ ...whole.usage });
    const { request_id: requestId } = await client.messages.create(body).withResponse();
    expect(requestId).toMatch(/^[\w-]{36}$/);
  });

  it('goes on with the results of calls over two rounds, its own answers sent back as they are', async () => {
    const client = clientOf(server);
    const messages = ask('The weather?');
    const reasons = [];
    for (;;) {
      const body = { model: 'agent', max_tokens: 100, messages, tools: [WEATHER, NOW] };
      const { content, stop_reason: reason } = await client.messages.stream(body).finalMessage();
      reasons.push(reason);
      messages.push({ role: 'assistant', content });
      const calls = content.filter((block) => block.type === 'tool_use');
      if (calls.length === 0) break;
      messages.push({
        role: 'user',
        content: calls.map(({ id, name, input }) => ({
          type: 'tool_result' as const,
          tool_use_id: id,
          content:
            name === 'now' ? 'noon' : [{ type: 'text' as const, text: `${(input as { city: string }).city}: sun` }],
        })),
      });
    }
    expect(reasons).toEqual(['tool_use', 'tool_use', 'end_turn']);
    expect(messages.at(-1)!.content).toMatchObject([
      { type: 'text', text: 'It is Paris: sun and noon and Rome: sun.' },
    ]);
  });

  it("runs the client's own tool runner", async () => {
    const runner = clientOf(server).beta.messages.toolRunner({
      model: 'agent',
      max_tokens: 100,
      messages: [{ role: 'user', content: 'The weather?' }],
      tools: [
        {
          ...WEATHER,
          type: 'custom',
          run: (given: unknown) => `${(given as { city: string }).city}: sun`,
          parse: (given: unknown) => given,
        },
        { ...NOW, type: 'custom', run: () => 'noon', parse: (given: unknown) => given },
      ],
    });
    expect((await runner).content).toMatchObject([{ type: 'text', text: 'It is Paris: sun and noon and Rome: sun.' }]);
  });

  it('leaves the text of thoughts out where that is wanted, and a call that is cut', async () => {
    const body = { model: 'agent', messages: ask('The weather?'), tools: [WEATHER] };
    const omitted = await clientOf(server).messages.create({
      ...body,
      max_tokens: 4,
      thinking: { type: 'adaptive', display: 'omitted' },
    });
    expect(omitted.stop_reason).toBe('max_tokens');
    expect(omitted.content).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'text', text: 'Let me look.\n' },
    ]);
  });

  it('writes system, turns and results into the prompt, and counts them', async () => {
    const client = clientOf(server);
    const body = {
      model: 'echo',
      system: [{ type: 'text' as const, text: 'Be kind.', cache_control: { type: 'ephemeral' as const } }],
      messages: [
        { role: 'user' as const, content: 'a' },
        { role: 'user' as const, content: [{ type: 'text' as const, text: 'b' }] },
        {
          role: 'assistant' as const,
          content: [{ type: 'tool_use' as const, id: 'toolu_1', name: 'now', input: {} }],
        },
        {
          role: 'user' as const,
          content: [
            { type: 'tool_result' as const, tool_use_id: 'toolu_1', content: 'noon', is_error: false },
            { type: 'text' as const, text: 'So?' },
          ],
        },
      ],
    };
    const { content, usage } = await client.messages.create({ ...body, max_tokens: 100 });
    expect(content).toMatchObject([
      { text: 'system: Be kind.\nuser: a\n\nb\nassistant: \ntool: noon\nuser: So?\nassistant:' },
    ]);
    expect(await client.messages.countTokens(body)).toEqual({ input_tokens: usage.input_tokens });
  });

  it('reports a failure within a stream as an event that the client throws', async () => {
    const stream = clientOf(server).messages.stream({ model: 'broken', max_tokens: 9, messages: ask('x') });
    const texts: string[] = [];
    stream.on('text', (text) => texts.push(text));
    const failure = (await stream.finalMessage().catch((error: unknown) => error)) as InstanceType<
      typeof Anthropic.APIError
    >;
    expect(failure).toBeInstanceOf(Anthropic.APIError);
    expect(failure.type).toBe('overloaded_error');
    expect(failure.error).toMatchObject({ type: 'error', request_id: expect.any(String) as string });
    expect(texts.join('')).toBe('One two');
  });

  it('ends a generation whose caller leaves', async () => {
    const stream = clientOf(server).messages.stream({ model: 'slow', max_tokens: 4000, messages: ask('x') });
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.on('text', () => resolve());
    await promise;
    const engine = server.app.get(BatchingService).engine('slow');
    expect(engine.unfinished).toBe(1);
    stream.abort();
    await expect(stream.done()).rejects.toBeInstanceOf(Anthropic.APIUserAbortError);
    await waitFor(() => engine.unfinished === 0);
  });

  it.each<[string, object, RegExp]>([
    [
      'an image',
      { messages: [{ role: 'user', content: [{ type: 'image', source: {} }] }] },
      /"image" is not supported/,
    ],
    ['a tool of another server', { tools: [{ type: 'web_search_20250305', name: 'x' }] }, /web_search_20250305/],
    ['no max_tokens', { max_tokens: undefined }, /max_tokens must be a whole number/],
    ['no messages', { messages: [] }, /1 to 4096 messages/],
    ['a choice without tools', { tool_choice: { type: 'any' } }, /needs tools/],
    ['stop sequences that are a text', { stop_sequences: '.' }, /list of at most 16/],
    ['17 stop sequences', { stop_sequences: Array(17).fill('x') }, /list of at most 16/],
    ['thoughts of another kind', { thinking: { type: 'between_tools' } }, /enabled, disabled, adaptive/],
    ['a budget that is a text', { thinking: { type: 'enabled', budget_tokens: '1024' } }, /budget_tokens/],
    ['a server of tools', { mcp_servers: [{ url: 'https://example.com' }] }, /mcp_servers is not supported/],
    ['a container', { container: 'x' }, /container is not supported/],
    [
      'a schema beside tools',
      { tools: [NOW], output_config: { format: { type: 'json_schema', schema: {} } } },
      /exclude/,
    ],
    ['a format of another type', { output_config: { format: { type: 'xml' } } }, /json_schema/],
    ['a hot temperature', { temperature: 2.1 }, /temperature must not be greater than 2/],
    [
      'calls without results',
      { messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] }] },
      /no results/,
    ],
  ])('refuses %s by name', async (_, fields, message) => {
    const body = { model: 'agent', max_tokens: 10, messages: ask('x'), ...fields };
    const error = (await clientOf(server)
      .messages.create(body as Anthropic.MessageCreateParamsNonStreaming)
      .catch((thrown: unknown) => thrown)) as InstanceType<typeof Anthropic.APIError>;
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect(error.type).toBe('invalid_request_error');
    expect(error.apiMessage).toMatch(message);
  });

  it('ignores hints, and names unknown fields in a header', async () => {
    const hints = { service_tier: 'auto', metadata: { user_id: 'u' }, cache_control: { type: 'ephemeral' } };
    const body = { model: 'agent', max_tokens: 10, messages: ask('x'), ...hints };
    const known = await server.post('/v1/messages', body);
    expect([known.status, known.headers.get('warning')]).toEqual([200, null]);
    const unknown = await server.post('/v1/messages', { ...body, max_token: 1 });
    expect(unknown.headers.get('warning')).toBe('299 - "Unknown fields were ignored: max_token"');
    const count = await server.post('/v1/messages/count_tokens', { model: 'agent', messages: ask('x'), sytem: 'x' });
    expect(count.headers.get('warning')).toContain('sytem');
  });

  it("throws the client's own classes of errors, from before the body is read, too", async () => {
    const body = { model: 'agent', max_tokens: 10, messages: ask('x') };
    const thrown = async (call: Promise<unknown>): Promise<[unknown, unknown]> => {
      const error = (await call.catch((failure: unknown) => failure)) as InstanceType<typeof Anthropic.APIError>;
      expect(error.error).toMatchObject({ type: 'error', request_id: error.requestID });
      return [error.constructor, error.type];
    };
    expect(await thrown(clientOf(server, { apiKey: 'wrong' }).messages.create(body))).toEqual([
      Anthropic.AuthenticationError,
      'authentication_error',
    ]);
    expect(await thrown(clientOf(server).messages.create({ ...body, model: 'claude' }))).toEqual([
      Anthropic.NotFoundError,
      'not_found_error',
    ]);
    const large = { ...body, messages: ask('x'.repeat(2_500_000)) };
    expect((await thrown(clientOf(server).messages.create(large)))[1]).toBe('request_too_large');
    const long = await clientOf(server)
      .messages.create({ ...body, messages: ask('word '.repeat(5000)) })
      .catch((error: unknown) => error);
    expect(long).toMatchObject({ status: 400, apiMessage: expect.stringMatching(/^prompt is too long: /) as string });
    const unknown = await fetch(`${server.url}/v1/messages/batches`);
    expect(await unknown.json()).toMatchObject({ type: 'error', error: { type: 'not_found_error' } });
    const malformed = await server.post('/v1/messages', '{');
    expect([malformed.status, await malformed.json()]).toMatchObject([
      400,
      { error: { type: 'invalid_request_error' } },
    ]);
    const untyped = await server.post('/v1/messages', '{}', { headers: { 'content-type': 'text/plain' } });
    expect([untyped.status, await untyped.json()]).toMatchObject([415, { error: { type: 'invalid_request_error' } }]);
  });

  it('takes x-api-key and a bearer token, which comes first, and no others', async () => {
    const body = JSON.stringify({ model: 'agent', messages: ask('x') });
    const status = async (headers: Record<string, string>): Promise<number> =>
      (
        await fetch(`${server.url}/v1/messages/count_tokens`, {
          method: 'POST',
          body,
          headers: { 'content-type': 'application/json', ...headers },
        })
      ).status;
    expect(await status({ 'x-api-key': TOKEN, 'anthropic-version': '2023-06-01', 'anthropic-beta': 'a,b' })).toBe(200);
    expect(await status({ authorization: `Bearer ${TOKEN}`, 'x-api-key': 'wrong' })).toBe(200);
    expect(await status({ authorization: 'Bearer wrong', 'x-api-key': TOKEN })).toBe(401);
    expect(await status({ 'x-api-key': 'wrong' })).toBe(401);
    expect(await status({ 'x-api-key': '' })).toBe(401);
    expect(await status({})).toBe(401);
    const bearer = clientOf(server, { apiKey: null, authToken: TOKEN });
    expect((await bearer.messages.countTokens({ model: 'agent', messages: ask('x') })).input_tokens).toBeGreaterThan(0);
    expect((await fetch(server.url, { method: 'HEAD' })).status).toBe(200);
  });

  it('runs a request with an idempotency key once, streamed and not', async () => {
    for (const stream of [false, true]) {
      const call = async (): Promise<string> => {
        const body = { model: 'agent', max_tokens: 50, messages: ask('x'), stream };
        const headers = { 'idempotency-key': `messages-${stream}` };
        return (await server.post('/v1/messages', body, { headers })).text();
      };
      expect(await call()).toBe(await call());
    }
  });
});

describe('limits of messages', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({ echo: { answers: () => 'Yes.' } }, { RATE_LIMIT_RPM: '2' });
  });
  afterAll(() => server.close());

  it('hold for x-api-key and a bearer token together', async () => {
    const body = { model: 'echo', max_tokens: 10, messages: ask('x') };
    await clientOf(server).messages.create(body);
    await clientOf(server, { apiKey: null, authToken: TOKEN }).messages.create(body);
    const error = (await clientOf(server)
      .messages.create(body)
      .catch((thrown: unknown) => thrown)) as InstanceType<typeof Anthropic.APIError>;
    expect(error).toBeInstanceOf(Anthropic.RateLimitError);
    expect(error.type).toBe('rate_limit_error');
    expect(error.headers!.get('retry-after')).toMatch(/^\d+$/);
  });

  it('hold for wrong keys of an address', async () => {
    const types = [];
    for (let i = 0; i < 4; i++) {
      const headers = { 'x-api-key': `wrong ${i}`, 'content-type': 'application/json' };
      const response = await fetch(`${server.url}/v1/messages`, { method: 'POST', body: '{}', headers });
      types.push(((await response.json()) as { error: { type: string } }).error.type);
    }
    expect(types.at(0)).toBe('authentication_error');
    expect(types.at(-1)).toBe('rate_limit_error');
  });
});

describe('messages, with the bundled model', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { RATE_LIMIT_RPM: '100000', CACHE_BACKEND: 'memory' } });
  });
  afterAll(() => server.close());
  const STORY = { model: 'storyteller', messages: ask('Tell me a story about a fox.'), temperature: 0 };

  it('answers at once and streamed alike, and names the stop sequence that ended it', async () => {
    const client = clientOf(server);
    const free = { ...STORY, max_tokens: 60 };
    const { content, stop_reason: reason, stop_sequence: none } = await client.messages.create(free);
    expect([reason, none]).toEqual(['max_tokens', null]);
    const [{ text }] = content as [Anthropic.TextBlock];
    const body = { ...free, stop_sequences: ['never', '.'] };
    for (const message of [await client.messages.create(body), await client.messages.stream(body).finalMessage()]) {
      expect(message).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: '.' });
      expect(message.content).toEqual([{ type: 'text', text: text.slice(0, text.indexOf('.')) }]);
    }
  });

  it('answers out of the cache with the same stop sequence and tokens', async () => {
    const client = clientOf(server);
    const body = { ...STORY, max_tokens: 60, stop_sequences: ['.'] };
    const own = await client.messages.create(body);
    const { data: again, response } = await client.messages.create(body).withResponse();
    expect(response.headers.get('x-cache')).toBe('HIT');
    const streamed = await client.messages.stream(body).finalMessage();
    for (const { stop_reason: reason, stop_sequence: stop, content, usage } of [again, streamed]) {
      expect([reason, stop]).toEqual(['stop_sequence', '.']);
      expect([content, usage]).toEqual([own.content, own.usage]);
    }
  });

  it("continues the assistant's last turn", async () => {
    const client = clientOf(server);
    const begun = [...STORY.messages, { role: 'assistant' as const, content: 'Once upon a time' }];
    const { content } = await client.messages.create({ ...STORY, messages: begun, max_tokens: 12 });
    expect((content[0] as Anthropic.TextBlock).text).toMatch(/^[, ]/);
  });

  it('counts the tokens of a prompt, those of the prefix cache apart', async () => {
    const client = clientOf(server);
    const messages = ask('Once upon a time there was a little fox who lived in a big forest. '.repeat(8));
    const body = { ...STORY, messages, tools: [WEATHER] };
    const { input_tokens: all } = await client.messages.countTokens(body);
    const headers = { 'cache-control': 'no-store' };
    const first = await client.messages.create({ ...body, max_tokens: 2 }, { headers });
    expect(first.usage).toMatchObject({ input_tokens: all, cache_read_input_tokens: 0 });
    const again = await client.messages.stream({ ...body, max_tokens: 2 }, { headers }).finalMessage();
    expect(again.usage.cache_read_input_tokens).toBeGreaterThan(0);
    expect(again.usage.input_tokens + again.usage.cache_read_input_tokens!).toBe(all);
  });

  it.each<Anthropic.ToolChoice>([
    { type: 'any', disable_parallel_tool_use: true },
    { type: 'tool', name: 'get_weather' },
  ])('calls a tool with %j, with input of its schema, at once and streamed alike', async (tool_choice) => {
    const client = clientOf(server);
    for (let i = 0; i < 3; i++) {
      const messages = ask(`What is the weather in Paris, ${i}?`);
      const body = { ...STORY, messages, tools: [WEATHER], tool_choice, max_tokens: 200 };
      const whole = await client.messages.create(body);
      const streamed = await client.messages.stream(body).finalMessage();
      expect(whole.stop_reason).toBe('tool_use');
      const [{ name, input }] = whole.content as [Anthropic.ToolUseBlock];
      expect([name, Object.keys(input as object)]).toEqual(['get_weather', ['city', 'days']]);
      expect((streamed.content as [Anthropic.ToolUseBlock])[0]).toMatchObject({ name, input });
    }
  });

  it('makes the answer JSON of a schema', async () => {
    const schema = {
      type: 'object' as const,
      properties: { a: { type: 'boolean' as const } },
      required: ['a'] as const,
      additionalProperties: false,
    };
    const { parsed_output: parsed } = await clientOf(server).messages.parse({
      ...STORY,
      max_tokens: 50,
      output_config: { format: jsonSchemaOutputFormat(schema) },
    });
    expect(parsed).toEqual({ a: expect.any(Boolean) as boolean });
  });

  it('names the part of a schema that it cannot hold', async () => {
    const schema = { type: 'array', contains: {} };
    const error: unknown = await clientOf(server)
      .messages.create({ ...STORY, max_tokens: 50, output_config: { format: { type: 'json_schema', schema } } })
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.BadRequestError);
    expect((error as Error).message).toContain('contains');
  });
});

async function contractOf(server: TestServer): Promise<OpenApiContract> {
  return new OpenApiContract((await (await fetch(`${server.url}/docs/json`)).json()) as never);
}
