import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';

const STORYTELLER = join(import.meta.dirname, '../../models/storyteller');
const TALE = 'Lily and Tom went to the park. They saw a big dog. Lily and Tom played with the dog. ';
const PROMPT = `${TALE.repeat(3)}Lily and`;
const lookup = (prompt_lookup: unknown): object => ({ speculation: { prompt_lookup } });

interface Usage {
  completion_tokens: number;
  total_tokens: number;
  completion_tokens_details: { accepted_prediction_tokens: number; rejected_prediction_tokens: number };
}

let server: TestServer;
beforeAll(async () => {
  const yaml = `models:
  - { name: plain, path: ${STORYTELLER}, precision: fp32 }
  - { name: drafting, path: ${STORYTELLER}, precision: fp32, speculation: { prompt_lookup: 8 } }`;
  server = await startServer({ yaml, env: { ENABLE_METRICS: 'true' } });
});
afterAll(() => server.close());

async function post(path: string, body: object): Promise<unknown> {
  const response = await server.post(path, { temperature: 0, max_tokens: 40, ...body });
  expect(response.status).toBe(200);
  return response.json();
}

async function complete(body: object): Promise<{ text: string; usage: Usage }> {
  const answer = (await post('/v1/completions', { prompt: PROMPT, ...body })) as {
    choices: { text: string }[];
    usage: Usage;
  };
  return { text: answer.choices[0].text, usage: answer.usage };
}

/** Counters of a model; they go on from what the servers of other tests in this process have counted. */
async function counted(of: 'drafted' | 'accepted', model: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  const line = new RegExp(`^inference_speculation_${of}_tokens_total\\{.*model="${model}".*\\} (.*)$`, 'm');
  return Number(line.exec(text)?.[1] ?? 0);
}

describe('prompt lookup', () => {
  it('is an option of a request, whose usage and metrics tell what was drafted', async () => {
    const before = { drafted: await counted('drafted', 'plain'), accepted: await counted('accepted', 'plain') };
    const { text, usage } = await complete({ model: 'plain', ...lookup(8) });
    const plain = await complete({ model: 'plain' });
    expect(text).toBe(plain.text);
    expect(usage).toMatchObject({
      completion_tokens: plain.usage.completion_tokens,
      total_tokens: plain.usage.total_tokens,
    });
    const { accepted_prediction_tokens: accepted, rejected_prediction_tokens: rejected } =
      usage.completion_tokens_details;
    expect(accepted).toBeGreaterThan(5);
    expect(await counted('accepted', 'plain')).toBe(before.accepted + accepted);
    expect(await counted('drafted', 'plain')).toBe(before.drafted + accepted + rejected);
    expect(plain.usage.completion_tokens_details).toEqual({
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    });
  });

  it('is an option of a model, which a request overrides', async () => {
    const byDefault = (await complete({ model: 'drafting' })).usage.completion_tokens_details;
    expect(byDefault.accepted_prediction_tokens).toBeGreaterThan(5);
    const off = (await complete({ model: 'drafting', ...lookup(0) })).usage.completion_tokens_details;
    expect(off).toEqual({ accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 });
    for (const same of [{ speculation: null }, { speculation: {} }, lookup(null)]) {
      const { usage } = await complete({ model: 'drafting', ...same });
      expect(usage.completion_tokens_details).toEqual(byDefault);
    }
    const one = (await complete({ model: 'drafting', ...lookup(1) })).usage.completion_tokens_details;
    expect(one).not.toEqual(byDefault);
  });

  it('works on chats and their streams', async () => {
    const chat = { model: 'plain', messages: [{ role: 'user', content: PROMPT }], ...lookup(8) };
    const { choices, usage } = (await post('/v1/chat/completions', chat)) as {
      choices: { message: { content: string } }[];
      usage: Usage;
    };
    const stream = { ...chat, temperature: 0, max_tokens: 40, stream: true, stream_options: { include_usage: true } };
    const text = await (await server.post('/v1/chat/completions', stream)).text();
    const chunks = [...text.matchAll(/^data: (\{.*)$/gm)].map(
      ([, data]) => JSON.parse(data) as { choices: { delta: { content?: string } }[]; usage: Usage | null },
    );
    const streamed = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
    expect(streamed).toBe(choices[0].message.content);
    expect(chunks.at(-1)!.usage!.completion_tokens_details).toEqual(usage.completion_tokens_details);
  });

  it('works on /v1/infer', async () => {
    const infer = async (params: object): Promise<string> => {
      const body = { model: 'plain', prompt: PROMPT, params: { temperature: 0, max_new_tokens: 40, ...params } };
      const response = await server.post('/v1/infer', body);
      expect(response.status).toBe(200);
      return ((await response.json()) as { output: string }).output;
    };
    const before = await counted('accepted', 'plain');
    expect(await infer({ ...lookup(16) })).toBe(await infer({}));
    expect(await counted('accepted', 'plain')).toBeGreaterThan(before + 5);
  });

  it.each([lookup(17), lookup(-1), lookup(1.5), lookup('8'), { speculation: 8 }, { speculation: { draft: 8 } }])(
    'refuses %j',
    async (body) => {
      const response = await server.post('/v1/completions', { prompt: PROMPT, max_tokens: 1, ...body });
      expect(response.status).toBe(400);
      const { error } = (await response.json()) as { error: { param: string; message: string } };
      expect(error.param).toMatch(/^speculation/);
      expect(error.message).toContain('0 to 16');
      const infer = await server.post('/v1/infer', { prompt: PROMPT, params: { max_new_tokens: 1, ...body } });
      expect(infer.status).toBe(422);
    },
  );
});
