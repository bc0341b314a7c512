import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { createOpenAI } from '@ai-sdk/openai';
import { OpenAIResponsesModel, Agent, run, setTracingDisabled, tool as agentTool } from '@openai/agents';
import { HumanMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, isStepCount, jsonSchema, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUp, startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';
import { TYPES, writeTensorModels } from '../support/tensor-models.ts';
import { ASSETS, hasAssets, hasPython } from './support/assets.ts';

// Traces would go to OpenAI.
setTracingDisabled(true);

const CITY = {
  type: 'object' as const,
  properties: { city: { type: 'string', maxLength: 20 }, days: { type: 'integer', minimum: 1, maximum: 7 } },
  required: ['city', 'days'],
  additionalProperties: false as const,
};
const QUESTION = 'What is the weather in Paris for 3 days?';
const GOOD = [
  'The food was wonderful and the staff very kind.',
  'I love this phone, it works perfectly.',
  'Great trip, we had so much fun!',
  'The best film I have seen this year.',
  'The hotel was clean and beautiful.',
];
const BAD = [
  'The food was cold and the waiter rude.',
  'This phone broke after two days.',
  'A terrible trip, everything went wrong.',
  'The worst film I have seen this year.',
  'The hotel was dirty and smelled bad.',
];
const call = { city: expect.any(String) as string, days: expect.any(Number) as number };

/** What a script of `clients/` prints, which must succeed. */
async function python(script: string, ...args: string[]): Promise<unknown> {
  const child = spawn('python3', [join(import.meta.dirname, `clients/${script}.py`), ...args], {
    env: { PATH: process.env.PATH, PYTHONPATH: ASSETS.python },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const output = Buffer.concat((await child.stdout.toArray()) as Buffer[]).toString();
  expect((await exited)[0]).toBe(0);
  return JSON.parse(output);
}

describe.skipIf(!hasAssets)('clients, against a real model', () => {
  let server: TestServer;
  let client: OpenAI;
  beforeAll(async () => {
    const yaml = `models: [{ name: smollm2, path: ${ASSETS.gguf} }]`;
    server = await startServer({ yaml, env: { ENABLE_DECISIONS: 'true' }, ready: false });
    await waitFor(() => isUp(`${server.url}/ready`), 60_000);
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, maxRetries: 0 });
  }, 90_000);
  afterAll(() => server?.close());

  it('openai runs tools', async () => {
    const given: unknown[] = [];
    const runner = client.chat.completions.runTools({
      model: 'smollm2',
      temperature: 0,
      max_tokens: 48,
      messages: [{ role: 'user', content: QUESTION }],
      tool_choice: { type: 'function', function: { name: 'get_weather' } },
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'The weather of a city.',
            parameters: CITY,
            parse: JSON.parse,
            function: (args: unknown) => (given.push(args), 'sunny'),
          },
        },
      ],
    });
    await runner.done();
    expect(given[0]).toEqual(call);
  });

  it("OpenAI's agents call a tool and answer with what it told", async () => {
    const weather = agentTool({
      name: 'get_weather',
      description: 'The weather of a city.',
      parameters: CITY,
      strict: true,
      execute: () => '18 degrees, sunny',
    });
    const agent = new Agent({
      name: 'Meteorologist',
      model: new OpenAIResponsesModel(client as never, 'smollm2'),
      modelSettings: { toolChoice: 'required', temperature: 0, maxTokens: 512 },
      tools: [weather],
    });
    const { newItems } = await run(agent, QUESTION);
    const types = new Set(newItems.map(({ type }) => type));
    expect([...types].slice(0, 2)).toEqual(['tool_call_item', 'tool_call_output_item']);
  });

  it("the AI SDK's default provider runs a tool over two rounds", async () => {
    const provider = createOpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN });
    const given: unknown[] = [];
    const { steps } = await generateText({
      model: provider('smollm2'),
      prompt: QUESTION,
      maxOutputTokens: 512,
      temperature: 0,
      maxRetries: 0,
      toolChoice: 'required',
      providerOptions: { openai: { parallelToolCalls: false } },
      stopWhen: isStepCount(2),
      tools: {
        get_weather: tool({ inputSchema: jsonSchema(CITY), execute: async (args) => (given.push(args), 'sunny') }),
      },
    });
    expect([steps.length, given[0]]).toEqual([2, call]);
  });

  it("Anthropic's client streams a call", async () => {
    const anthropic = new Anthropic({ baseURL: server.url, apiKey: TOKEN, maxRetries: 0 });
    const stream = anthropic.messages.stream({
      model: 'smollm2',
      max_tokens: 128,
      temperature: 0,
      messages: [{ role: 'user', content: QUESTION }],
      tools: [{ name: 'get_weather', input_schema: CITY }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    });
    const { stop_reason: reason, content } = await stream.finalMessage();
    expect([reason, content.at(-1)]).toEqual(['tool_use', expect.objectContaining({ input: call })]);
  });

  it('LangChain gets an object of a schema by a tool', async () => {
    const chat = new ChatOpenAI({
      model: 'smollm2',
      apiKey: TOKEN,
      temperature: 0,
      maxTokens: 64,
      configuration: { baseURL: `${server.url}/v1` },
    });
    const structured = chat.withStructuredOutput({ title: 'trip', ...CITY }, { method: 'functionCalling' });
    expect(await structured.invoke([new HumanMessage(QUESTION)])).toEqual(call);
  });

  it('decisions tell good reviews from bad ones', async () => {
    const levels = ['bad', 'neutral', 'good'].map((label) => ({ label }));
    const mean = async (reviews: string[]): Promise<number> => {
      let sum = 0;
      for (const input of reviews) {
        const questions = [{ type: 'score' as const, instructions: 'How positive is the text?', levels }];
        const [answer] = (await client.decisions.create({ model: 'smollm2', input, questions })).answers;
        sum += (answer as { score: number }).score;
      }
      return sum / reviews.length;
    };
    expect(await mean(GOOD)).toBeGreaterThan(await mean(BAD));
  });

  it.skipIf(!hasPython)(
    "Anthropic's Python SDK counts, streams a call, goes on with its result, and throws its errors",
    async () => {
      const output = await python('anthropic_tools', server.url, TOKEN);
      const {
        counted,
        input_tokens,
        events,
        stop_reasons,
        call: used,
        text,
        errors,
      } = output as {
        counted: number;
        input_tokens: number;
        events: string[];
        stop_reasons: string[];
        call: object;
        text: string;
        errors: unknown[];
      };
      expect(input_tokens).toBe(counted);
      expect(events).toEqual([
        'message_start',
        'content_block_start',
        'content_block_delta',
        'input_json',
        'content_block_stop',
        'message_delta',
        'message_stop',
      ]);
      expect(stop_reasons[0]).toBe('tool_use');
      expect(used).toEqual({ name: 'get_weather', input: call });
      expect(text).not.toBe('');
      expect(errors).toEqual([
        ['NotFoundError', 404, 'not_found_error'],
        ['BadRequestError', 400, 'invalid_request_error'],
      ]);
    },
  );
});

describe.skipIf(!hasPython)("Triton's Python client", () => {
  it('reads what the server is, and gets the same vectors as JSON and as bytes', async () => {
    const yaml = `models: [{ name: sentences, path: ${join(import.meta.dirname, '../../models/sentences')} }]`;
    const server = await startServer({ yaml, ready: false });
    await waitFor(() => isUp(`${server.url}/ready`), 60_000);
    expect(await python('triton_tensors', new URL(server.url).host, TOKEN, 'sentences')).toEqual({
      live: true,
      ready: true,
      model_ready: true,
      metadata: {
        name: 'sentences',
        versions: ['1'],
        platform: 'onnxruntime_onnx',
        inputs: [{ name: 'text', datatype: 'BYTES', shape: [-1] }],
        outputs: [{ name: 'embedding', datatype: 'FP32', shape: [-1, 384] }],
      },
      id: '7',
      shape: [3, 384],
      same: true,
      length: expect.closeTo(1, 5) as number,
      unknown: ['404', expect.stringContaining('no model "none"') as string],
    });
    await server.close();
  });

  it('sends and gets numbers of every type, and texts, as JSON and as bytes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-triton-'));
    const paths = writeTensorModels(folder);
    const yaml = `models: [{ name: types, path: ${paths.types} }, { name: scaled, path: ${paths.scaled} }]`;
    const server = await startServer({ yaml, ready: false });
    await waitFor(() => isUp(`${server.url}/ready`), 60_000);
    const { same, products } = (await python('triton_numbers', new URL(server.url).host, TOKEN)) as {
      same: Record<string, boolean>;
      products: number[][][];
    };
    expect(Object.entries(same).filter(([, isSame]) => !isSame)).toEqual([]);
    expect(Object.keys(same)).toHaveLength(2 * TYPES.length - 1);
    for (const product of products) {
      expect(product).toEqual([
        [0, 2, 4],
        [6, 8, 10],
      ]);
    }
    await server.close();
    rmSync(folder, { recursive: true });
  });
});
