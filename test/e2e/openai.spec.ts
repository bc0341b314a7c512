import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { completionBody, MESSAGES, OpenAiServer } from '../support/openai-server.ts';
import { waitFor } from '../support/server.ts';

const PROMPT = 'System: You tell stories.\nUser: A story of a dog.\nAssistant:';

describe('the OpenAI routes', () => {
  let openai: OpenAiServer;
  beforeAll(async () => {
    openai = await OpenAiServer.start();
  });
  afterAll(() => openai.close());

  it('a chat, a completion and an inference of the same final prompt have the same text', async () => {
    const settings = { model: 'plain', temperature: 0, max_tokens: 24 };
    const chat = await openai.post('/v1/chat/completions', { messages: MESSAGES, ...settings });
    expect(await openai.post('/apply-template', { model: 'plain', messages: MESSAGES })).toEqual({ prompt: PROMPT });
    const completion = await openai.post('/v1/completions', { prompt: PROMPT, ...settings });
    const { output } = await openai.post<{ output: string }>('/v1/infer', {
      model: 'plain',
      prompt: PROMPT,
      params: { temperature: 0, max_new_tokens: 24 },
    });
    const { tokens } = await openai.post<{ tokens: number[] }>('/tokenize', { model: 'plain', messages: MESSAGES });
    const ids = await openai.post('/v1/completions', { prompt: tokens, ...settings });
    expect(chat.choices[0].message).toMatchObject({ role: 'assistant', content: output });
    expect([completion.choices[0].text, ids.choices[0].text]).toEqual([output, output]);
    expect(chat.usage).toMatchObject({
      prompt_tokens: tokens.length,
      completion_tokens: 24,
      total_tokens: tokens.length + 24,
    });
    expect(chat.id).toMatch(/^chatcmpl-[0-9a-f]{32}$/);
    expect(completion.id).toMatch(/^cmpl-[0-9a-f]{32}$/);
    expect(chat.system_fingerprint).toMatch(/^fp_[0-9a-f]{10}$/);
  });

  it("conversations are written with the model's own chat template and its special tokens", async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const model = 'org/chatty';
    const { prompt } = await openai.post<{ prompt: string }>('/apply-template', { model, messages });
    expect(prompt).toBe('<|endoftext|><|user|>Hi<|assistant|>');
    const { tokens } = await openai.post<{ tokens: number[] }>('/tokenize', { model, messages });
    const raw = await openai.post<{ tokens: number[] }>('/tokenize', { model, prompt, add_special_tokens: false });
    expect(tokens).toEqual(raw.tokens);
    expect(tokens.filter((token) => token < 3)).toEqual([0, 1, 2]);
    const settings = { model, temperature: 0, max_tokens: 12 };
    const chat = await openai.post('/v1/chat/completions', { messages, ...settings });
    const completion = await openai.post('/v1/completions', { prompt: tokens, ...settings });
    expect(chat.choices[0].message!.content).toBe(completion.choices[0].text);
    const refused = await openai.server.post('/v1/chat/completions', { model, messages: MESSAGES });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { param: 'messages', message: expect.stringContaining('no system here') } },
    ]);
  });

  it('a request with an idempotency key runs once, is replayed, and reports its processing time', async () => {
    const body = { messages: MESSAGES, max_tokens: 5 };
    const headers = { 'idempotency-key': 'chat-1', 'x-request-id': 'my-chat' };
    const first = await openai.server.post('/v1/chat/completions', body, { headers });
    const again = await openai.server.post('/v1/chat/completions', body, { headers });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect(first.headers.get('x-request-id')).toBe('my-chat');
    expect(first.headers.get('openai-processing-ms')).toMatch(/^\d+$/);
    const other = await openai.server.post('/v1/chat/completions', { ...body, max_tokens: 6 }, { headers });
    expect([other.status, await other.json()]).toMatchObject([422, { error: { code: 'idempotency_key_reused' } }]);
  });

  it('a caller that leaves frees the places of all its completions', async () => {
    const leaving = new AbortController();
    const body = completionBody({
      prompt: ['a', 'b', 'c'],
      n: 2,
      max_tokens: 900,
      ignore_eos: true,
      stream: true,
      temperature: 1,
    });
    const response = await openai.server.post('/v1/completions', body, { signal: leaving.signal });
    await response.body!.getReader().read();
    expect(openai.server.engine.unfinished).toBe(3);
    leaving.abort();
    await waitFor(() => openai.server.engine.unfinished === 0);
  });
});
