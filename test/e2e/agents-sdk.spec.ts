import { Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, run, setTracingDisabled, tool } from '@openai/agents';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { type TestServer, TOKEN } from '../support/server.ts';

// Traces would go to OpenAI.
setTracingDisabled(true);

const MODELS = { responses: OpenAIResponsesModel, 'chat completions': OpenAIChatCompletionsModel };

/** A model that asks for the weather of a city, then of two more at once, and answers with what it was told. */
function script({ prompt }: { prompt: string }): string[] {
  const results = [...prompt.matchAll(/^tool: (.*)$/gm)].map(([, result]) => result);
  const call = (city: string): string =>
    `<tool_call>\n{"name": "get_weather", "arguments": {"city":"${city}"}}\n</tool_call>`;
  if (results.length === 0) return ['Let me look. ', call('Paris')];
  if (results.length === 1) return [`${call('Rome')}\n${call('Bern')}`];
  return ['It is ', results.join(', '), '.'];
}

describe.each(Object.entries(MODELS))("OpenAI's agents, by %s", (_, Model) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({ agent: { answers: (request) => ({ text: script(request) }) } });
  });
  afterAll(() => server.close());

  it.each([false, true])('call tools over two rounds, streamed: %s', async (stream) => {
    const asked: string[] = [];
    const weather = tool({
      name: 'get_weather',
      description: 'The weather of a city.',
      parameters: {
        type: 'object',
        properties: { city: { type: 'string' } },
        required: ['city'],
        additionalProperties: false,
      },
      strict: true,
      execute: (given) => {
        const { city } = given as { city: string };
        asked.push(city);
        return `${city}: sun`;
      },
    });
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, maxRetries: 0 });
    const agent = new Agent({
      name: 'Meteorologist',
      instructions: 'Ask before you tell.',
      model: new Model(client as never, 'agent'),
      tools: [weather],
    });
    const result = stream
      ? await run(agent, 'The weather?', { stream: true })
      : await run(agent, 'The weather?', { stream: false });
    if ('completed' in result) {
      for await (const event of result) void event;
      await result.completed;
    }
    expect(result.finalOutput).toBe('It is Paris: sun, Rome: sun, Bern: sun.');
    expect(asked).toEqual(['Paris', 'Rome', 'Bern']);
  });
});
