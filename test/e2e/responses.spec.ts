import { createOpenAI } from '@ai-sdk/openai';
import { generateText, isStepCount, jsonSchema, streamText, tool } from 'ai';
import OpenAI, { BadRequestError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';

const CITY = {
  type: 'object' as const,
  properties: { city: { type: 'string', maxLength: 20 } },
  required: ['city'],
  additionalProperties: false,
};
const WEATHER = {
  type: 'function' as const,
  name: 'get_weather',
  description: 'The weather.',
  parameters: CITY,
  strict: true,
};

const clientOf = (server: TestServer): OpenAI =>
  new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, maxRetries: 0 });

/** A model that thinks, speaks and asks for the weather of a city, then of two more, and answers with what it was told. */
function agent({ prompt }: { prompt: string }): string[] {
  const results = [...prompt.matchAll(/^tool: (.*)$/gm)].map(([, result]) => result);
  const call = (city: string): string =>
    `<tool_call>\n{"name": "get_weather", "arguments": {"city":"${city}"}}\n</tool_call>`;
  if (results.length === 0) return ['<think>Hm.</think>', 'Let me look. ', call('Paris')];
  if (results.length === 1) return [`${call('Rome')}\n${call('Bern')}`];
  return ['It is ', results.join(', '), '.'];
}

describe('/v1/responses, with an engine that follows a script', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({
      agent: { answers: (request) => ({ text: agent(request) }) },
      echo: { answers: ({ prompt }) => ({ text: [prompt] }) },
    });
  });
  afterAll(() => server.close());

  it('answers a text with a message', async () => {
    const response = await clientOf(server).responses.create({ model: 'echo', input: 'Hi', instructions: 'Be kind.' });
    expect(response.output_text).toBe('system: Be kind.\nuser: Hi\nassistant:');
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'echo',
      store: false,
      error: null,
    });
    expect([response.id, response.output[0].id]).toEqual([
      expect.stringMatching(/^resp_/),
      expect.stringMatching(/^msg_/),
    ]);
    expect(response.usage).toMatchObject({ output_tokens: 1, total_tokens: response.usage!.input_tokens + 1 });
  });

  it.each<[string, OpenAI.Responses.ResponseInput, string]>([
    [
      'messages in parts',
      [
        { role: 'developer', content: [{ type: 'input_text', text: 'A' }] },
        { role: 'user', content: 'B' },
      ],
      'system: A\nuser: B\nassistant:',
    ],
    [
      'an earlier answer',
      [
        {
          type: 'message',
          role: 'assistant',
          id: 'msg_1',
          status: 'completed',
          content: [{ type: 'output_text', text: 'A', annotations: [] }],
        },
      ],
      'assistant: A\nassistant:',
    ],
    [
      'thoughts without a text',
      [
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { role: 'user', content: 'B' },
      ],
      'user: B\nassistant:',
    ],
    [
      'calls and their outputs',
      [
        { role: 'user', content: 'A' },
        ...['x', 'y'].map((id) => ({ type: 'function_call' as const, call_id: id, name: 'f', arguments: '{}' })),
        { type: 'function_call_output', call_id: 'y', output: 'B' },
      ],
      'user: A\nassistant: \ntool: B\nassistant:',
    ],
  ])('takes %s', async (_, input, expected) => {
    const { output_text: text } = await clientOf(server).responses.create({ model: 'echo', input });
    expect(text).toBe(expected);
  });

  it('streams to the helper of the openai client what it answers at once', async () => {
    const body = { model: 'agent', input: 'The weather?', tools: [WEATHER] };
    const whole = await clientOf(server).responses.create(body);
    const types: string[] = [];
    const stream = clientOf(server)
      .responses.stream(body)
      .on('event', ({ type }) => types.push(type));
    const final = await stream.finalResponse();
    expect(final.output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call']);
    // Ids are of each response alone; what is parsed is the client's.
    const own = new Set(['id', 'call_id', 'parsed', 'parsed_arguments']);
    const plain = (output: unknown): string =>
      JSON.stringify(output, (key, value: unknown) => (own.has(key) ? undefined : value));
    expect(plain(final.output)).toBe(plain(whole.output));
    expect(types.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'response.output_item.added']);
    expect(types.at(-1)).toBe('response.completed');
  });

  it("runs an agent of the AI SDK's default provider, which refers to items of earlier responses, over two rounds", async () => {
    const provider = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN });
    const asked: string[] = [];
    const options = {
      model: provider('agent'),
      prompt: 'What is the weather in Paris?',
      stopWhen: isStepCount(5),
      tools: {
        get_weather: tool({
          inputSchema: jsonSchema<{ city: string }>(CITY),
          execute: async ({ city }) => (asked.push(city), `${city}: sun`),
        }),
      },
    };
    const { text, steps } = await generateText(options);
    expect(text).toBe('It is Paris: sun, Rome: sun, Bern: sun.');
    expect(steps.map(({ toolCalls, reasoningText }) => [toolCalls.length, reasoningText])).toEqual([
      [1, 'Hm.'],
      [2, undefined],
      [0, undefined],
    ]);
    expect(await streamText(options).text).toBe(text);
    expect(asked).toEqual(['Paris', 'Rome', 'Bern', 'Paris', 'Rome', 'Bern']);
  });

  it('resolves a reference to an item of its own, and no other', async () => {
    const client = clientOf(server);
    const { output } = await client.responses.create({ model: 'echo', input: 'Hi' });
    const referring = (id: string) =>
      client.responses.create({ model: 'echo', input: [{ type: 'item_reference', id }] });
    expect((await referring(output[0].id!)).output_text).toBe('assistant: user: Hi\nassistant:\nassistant:');
    await expect(referring('msg_unknown')).rejects.toThrow(/no item msg_unknown/);
    const { output: forgotten } = await client.responses.create({ model: 'echo', input: 'Hi', store: false });
    await expect(referring(forgotten[0].id!)).rejects.toThrow(BadRequestError);
  });

  it.each([
    [{ previous_response_id: 'bad' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ background: true }, 'background'],
    [{ input: [{ type: 'computer_call' }] }, 'input[0]'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'x' }] }] }, 'input[0]'],
    [{ input: [{ type: 'function_call', call_id: 'a', name: 'f', arguments: '[' }] }, 'input[0]'],
    [{ text: { format: { type: 'json_schema', name: 'x' } } }, 'text.format'],
    [{ tools: [{ type: 'code_interpreter' }] }, 'tools[0]'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [
      { tools: [WEATHER], tool_choice: { type: 'function', name: 'get_weather', namespace: { toString: 1 } } },
      'tool_choice',
    ],
    [
      { input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{}', namespace: { toString: 1 } }] },
      'input[0]',
    ],
    [{ include: ['file_search_call.results'] }, 'include'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ input: 7 }, 'input'],
  ])('refuses %j by name', async (fields, param) => {
    const response = await server.post('/v1/responses', { model: 'echo', input: 'x', ...fields });
    const { error } = (await response.json()) as { error: Record<string, string> };
    expect([response.status, error.param, error.type, error.code]).toEqual([
      400,
      param,
      'invalid_request_error',
      'invalid_request',
    ]);
  });
});

describe('/v1/responses, with the bundled model', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { RATE_LIMIT_RPM: '100000' } });
  });
  afterAll(() => server.close());

  it('ends as incomplete where a limit cuts it, with log probabilities where they are asked for', async () => {
    const response = await clientOf(server).responses.create({
      model: 'storyteller',
      input: 'A story.',
      max_output_tokens: 5,
      temperature: 0,
      include: ['message.output_text.logprobs'],
      top_logprobs: 2,
    });
    expect([response.status, response.incomplete_details]).toEqual(['incomplete', { reason: 'max_output_tokens' }]);
    const [message] = response.output as OpenAI.Responses.ResponseOutputMessage[];
    const [part] = message.content as OpenAI.Responses.ResponseOutputText[];
    expect(part.logprobs!.map(({ token }) => token).join('')).toBe(part.text);
    expect(part.logprobs![0].top_logprobs).toHaveLength(2);
  });

  it('holds the text to a schema, and calls to those of their tools', async () => {
    const client = clientOf(server);
    const format = { type: 'json_schema' as const, name: 'city', schema: CITY, strict: true };
    const parsed = await client.responses.parse({
      model: 'storyteller',
      input: 'A city.',
      text: { format },
      max_output_tokens: 100,
      temperature: 0,
    });
    expect(parsed.output_parsed).toMatchObject({ city: expect.any(String) as string });
    const called = await client.responses.create({
      model: 'storyteller',
      input: 'The weather?',
      tools: [WEATHER],
      tool_choice: { type: 'function', name: 'get_weather' },
      temperature: 0,
    });
    const [{ arguments: given, status }] = called.output as OpenAI.Responses.ResponseFunctionToolCall[];
    expect([Object.keys(JSON.parse(given) as object), status]).toEqual([['city'], 'completed']);
  });
});
