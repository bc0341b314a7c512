import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OpenAiServer } from '../support/openai-server.ts';
import { STORYTELLER } from '../support/server.ts';

interface Golden {
  cases: { prompt: string; prompt_ids: number[]; last_logits: number[] }[];
}
const golden = JSON.parse(readFileSync(join(STORYTELLER, 'golden.json'), 'utf8')) as Golden;

describe('tokens and models of the OpenAI routes', () => {
  let openai: OpenAiServer;
  beforeAll(async () => {
    openai = await OpenAiServer.start();
  });
  afterAll(() => openai.close());

  it('log probabilities are the log-softmax of the reference', async () => {
    for (const { prompt, prompt_ids, last_logits } of golden.cases) {
      const max = Math.max(...last_logits);
      const normalizer = max + Math.log(last_logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
      const expected = last_logits.map((logit) => logit - normalizer).toSorted((a, b) => b - a);
      const { choices } = await openai.post<{
        choices: { logprobs: { tokens: string[]; token_logprobs: number[]; top_logprobs: Record<string, number>[] } }[];
      }>('/v1/completions', { prompt: prompt_ids, temperature: 0, max_tokens: 1, logprobs: 20, logit_bias: { 5: 1 } });
      const [{ logprobs }] = choices;
      // Keys that are numbers come first in an object.
      const told = Object.values(logprobs.top_logprobs[0]).toSorted((a, b) => b - a);
      expect(told).toHaveLength(20);
      for (const [i, logprob] of told.entries()) expect(Math.abs(logprob - expected[i])).toBeLessThan(1e-4);
      expect(logprobs.token_logprobs[0]).toBe(logprobs.top_logprobs[0][logprobs.tokens[0]]);
      const add_special_tokens = !prompt.startsWith('<|endoftext|>');
      const { tokens } = await openai.post<{ tokens: number[] }>('/tokenize', { prompt, add_special_tokens });
      expect(tokens).toEqual(prompt_ids);
    }
  });

  it('tokens that are parts of characters are named by their bytes, which join to the text', async () => {
    const { tokens } = await openai.post<{ tokens: number[] }>('/tokenize', {
      prompt: '😀',
      add_special_tokens: false,
    });
    const { choices } = await openai.post<{
      choices: {
        message: { content: string };
        logprobs: { content: { token: string; bytes: number[]; logprob: number }[] };
      }[];
    }>('/v1/chat/completions', {
      messages: [{ role: 'user', content: 'x' }],
      max_tokens: 8,
      temperature: 0,
      logprobs: true,
      logit_bias: Object.fromEntries(tokens.map((token) => [token, 100])),
    });
    const [{ message, logprobs }] = choices;
    expect(new TextDecoder().decode(Uint8Array.from(logprobs.content.flatMap(({ bytes }) => bytes)))).toBe(
      message.content,
    );
    const parts = logprobs.content.filter(({ token }) => token.startsWith('bytes:'));
    expect(parts.length).toBeGreaterThan(0);
    for (const { token, bytes } of parts) {
      expect(token).toBe(`bytes:${bytes.map((byte) => `\\x${byte.toString(16)}`).join('')}`);
    }
  });

  it('/v1/models lists names and aliases, with and without slashes, and their roots', async () => {
    const get = async (path: string): Promise<Response> =>
      fetch(openai.server.url + path, { headers: { authorization: 'Bearer test-token' } });
    const { data } = (await (await get('/v1/models')).json()) as { data: { id: string; root: string }[] };
    expect(data.map(({ id, root }) => [id, root])).toEqual([
      ['storyteller', 'storyteller'],
      ['gpt-4o', 'storyteller'],
      ['org/chatty', 'org/chatty'],
      ['plain', 'plain'],
    ]);
    for (const id of ['gpt-4o', 'org/chatty', 'org%2Fchatty']) {
      expect(await (await get(`/v1/models/${id}`)).json()).toMatchObject({
        id: decodeURIComponent(id),
        max_model_len: 1024,
      });
    }
    const missing = await get('/v1/models/gpt-5');
    expect([missing.status, await missing.json()]).toMatchObject([
      404,
      { error: { code: 'model_not_found', param: 'model', message: expect.stringMatching(/gpt-4o.*org\/chatty/) } },
    ]);
  });

  it('/tokenize and /detokenize convert text to tokens and back', async () => {
    const text = 'Once upon a time, café 😀 there';
    const { tokens, count, max_model_len } = await openai.post<{
      tokens: number[];
      count: number;
      max_model_len: number;
    }>('/tokenize', { prompt: text, add_special_tokens: false });
    expect([count, max_model_len]).toEqual([tokens.length, 1024]);
    expect(await openai.post('/detokenize', { tokens })).toEqual({ prompt: text });
    expect(await openai.post('/detokenize', { tokens: [0, ...tokens, 0] })).toEqual({ prompt: text });
    const refused = await openai.server.post('/detokenize', { tokens: [4096] });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { message: expect.stringContaining('4095') } },
    ]);
  });
});
