import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { Ajv } from 'ajv';
import { generateText, isStepCount, jsonSchema, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';

const CITY = {
  type: 'object' as const,
  properties: { city: { type: 'string', maxLength: 20 }, days: { type: 'integer', minimum: 1, maximum: 7 } },
  required: ['city', 'days'],
  additionalProperties: false,
};
const WEATHER = {
  type: 'function',
  function: { name: 'get_weather', description: 'The weather of a city.', parameters: CITY },
} as const;
const NOW = { type: 'function', function: { name: 'now' } } as const;
const ask = [{ role: 'user' as const, content: 'What is the weather in Paris?' }];

const clientOf = (server: TestServer): OpenAI =>
  new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, maxRetries: 0 });

/** A model that asks for the weather, then for the time and the weather at once, then answers with what it was told. */
function agent({ prompt }: { prompt: string }): string[] {
  const results = [...prompt.matchAll(/^tool: (.*)$/gm)].map(([, result]) => result);
  const call = (name: string, given: object): string =>
    `\n{"name": "${name}", "arguments": ${JSON.stringify(given)}}\n`;
  if (results.length === 0)
    return [
      '<think>',
      'Hm.',
      '</think>\n\n',
      'Let me look.\n',
      '<tool',
      '_call>',
      call('get_weather', { city: 'Paris', days: 2 }),
      '</tool_call>',
    ];
  if (results.length === 1)
    return [
      `<tool_call>${call('now', {})}</tool_call>\n<tool_call>${call('get_weather', { city: 'Rome', days: 1 })}</tool_call>`,
    ];
  return ['It is ', results.join(' and '), '.'];
}

describe('tools, with an engine that follows a script', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({ agent: { answers: (request) => ({ text: agent(request) }) } });
  });
  afterAll(() => server.close());
  const said = (given: unknown): string => `${(given as { city: string }).city}: sun`;

  it('streams a thought, a text, a call with its id once and its arguments in pieces, and one end', async () => {
    const stream = await clientOf(server).chat.completions.create({
      model: 'agent',
      messages: ask,
      tools: [WEATHER, NOW],
      stream: true,
    });
    const deltas = [];
    for await (const { choices } of stream) deltas.push([choices[0].delta, choices[0].finish_reason]);
    const id = expect.stringMatching(/^call_\w{24}$/) as string;
    expect(deltas).toEqual([
      [{ role: 'assistant', content: '' }, null],
      [{ reasoning_content: 'Hm.' }, null],
      [{ content: 'Let me look.\n' }, null],
      [{ tool_calls: [{ index: 0, id, type: 'function', function: { name: 'get_weather', arguments: '' } }] }, null],
      [{ tool_calls: [{ index: 0, function: { arguments: '{"city":"Paris","days":2}' } }] }, null],
      [{}, 'tool_calls'],
    ]);
  });

  it('runs the tools of the openai client over two rounds', async () => {
    const runner = clientOf(server).chat.completions.runTools({
      model: 'agent',
      messages: ask,
      tools: [
        { type: 'function', function: { ...WEATHER.function, parse: JSON.parse, function: said } },
        {
          type: 'function',
          function: {
            name: 'now',
            description: 'The time.',
            parameters: { type: 'object', properties: {} },
            parse: JSON.parse,
            function: () => 'noon',
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe('It is Paris: sun and noon and Rome: sun.');
    expect(runner.messages.filter(({ role }) => role === 'tool')).toHaveLength(3);
  });

  it('runs an agent of the AI SDK over two rounds, streamed and not', async () => {
    const provider = createOpenAICompatible({ name: 'own', baseURL: `${server.url}/v1`, apiKey: TOKEN });
    const { text, steps } = await generateText({
      model: provider('agent'),
      prompt: 'What is the weather in Paris?',
      stopWhen: isStepCount(5),
      tools: {
        get_weather: tool({ inputSchema: jsonSchema<{ city: string }>(CITY), execute: async (given) => said(given) }),
        now: tool({ inputSchema: jsonSchema({ type: 'object', properties: {} }), execute: async () => 'noon' }),
      },
    });
    expect(text).toBe('It is "Paris: sun" and "noon" and "Rome: sun".'.replaceAll('"', ''));
    expect(steps.map(({ toolCalls }) => toolCalls.map(({ toolName }) => toolName))).toEqual([
      ['get_weather'],
      ['now', 'get_weather'],
      [],
    ]);
  });

  it('binds the tools of LangChain', async () => {
    const model = new ChatOpenAI({ model: 'agent', apiKey: TOKEN, configuration: { baseURL: `${server.url}/v1` } });
    const { tool_calls: calls } = await model.bindTools([WEATHER, NOW]).invoke([new HumanMessage('The weather?')]);
    expect(calls).toMatchObject([{ name: 'get_weather', args: { city: 'Paris', days: 2 } }]);
  });

  it('lets a text that is cut within a call end with "length", and without the call', async () => {
    const body = { model: 'agent', messages: ask, tools: [WEATHER], max_completion_tokens: 6 };
    const { choices } = await clientOf(server).chat.completions.create(body);
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'Let me look.\n' } });
    expect(choices[0].message).not.toHaveProperty('tool_calls');
  });

  it.each([{ tools: null }, { tools: [] }, { tools: [WEATHER], tool_choice: 'none' }])(
    'calls nothing with %j',
    async (fields) => {
      const answer = await server.post('/v1/chat/completions', { model: 'agent', messages: ask, ...fields });
      const { choices } = (await answer.json()) as OpenAI.ChatCompletion;
      expect(choices[0].finish_reason).toBe('stop');
      expect(choices[0].message).not.toHaveProperty('tool_calls');
    },
  );
});

describe('tools, with the bundled model, whose template knows none', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { RATE_LIMIT_RPM: '100000' } });
  });
  afterAll(() => server.close());
  const isCity = new Ajv().compile(CITY);

  it.each(['required', { type: 'function', function: { name: 'get_weather' } }] as const)(
    'calls a tool with %j, at once and streamed alike',
    async (choice) => {
      const client = clientOf(server);
      for (let seed = 0; seed < 8; seed++) {
        const body = {
          model: 'storyteller',
          messages: ask,
          tools: [WEATHER, NOW],
          tool_choice: choice,
          parallel_tool_calls: false,
          seed,
          max_completion_tokens: 200,
        };
        const whole = await client.chat.completions.create(body);
        const streamed = await client.chat.completions.stream({ ...body }).finalChatCompletion();
        const [{ finish_reason: reason, message }] = whole.choices;
        expect(reason).toBe('tool_calls');
        expect(message.content).toBeNull();
        expect(message.tool_calls).toHaveLength(1);
        const [call] = message.tool_calls as OpenAI.ChatCompletionMessageFunctionToolCall[];
        if (typeof choice === 'object') expect(call.function.name).toBe('get_weather');
        const given: unknown = JSON.parse(call.function.arguments);
        expect(call.function.name === 'now' ? Object.keys(given as object).length === 0 : isCity(given)).toBe(true);
        expect(
          (streamed.choices[0].message.tool_calls as typeof message.tool_calls)!.map(
            (made) => (made as typeof call).function,
          ),
        ).toMatchObject([call.function]);
      }
    },
  );

  it('takes calls and their results back, in any order, and goes on', async () => {
    const messages = [
      ...ask,
      {
        role: 'assistant' as const,
        content: null,
        tool_calls: ['a', 'b'].map((id) => ({
          id,
          type: 'function' as const,
          function: { name: 'now', arguments: '' },
        })),
      },
      { role: 'tool' as const, tool_call_id: 'b', content: 'noon' },
      { role: 'tool' as const, tool_call_id: 'a', content: [{ type: 'text' as const, text: 'night' }] },
    ];
    const answer = await clientOf(server).chat.completions.create({
      model: 'storyteller',
      messages,
      max_completion_tokens: 8,
    });
    expect(answer.choices[0].message.content).toMatch(/\w/);
  });

  it.each(['required', { type: 'function', function: { name: 'now' } }] as const)(
    'gives no half call where %j has room for one token',
    async (choice) => {
      const body = { model: 'storyteller', messages: ask, tools: [NOW], tool_choice: choice, max_completion_tokens: 1 };
      const { choices } = await clientOf(server).chat.completions.create(body);
      expect(choices[0].finish_reason).toBe('length');
      expect(choices[0].message).toMatchObject({ role: 'assistant', content: '' });
    },
  );
});
