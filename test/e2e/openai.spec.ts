import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chunksOf } from '../support/chunks.ts';
import { ModelCopy } from '../support/model-copy.ts';
import { OpenApiContract } from '../support/openapi.ts';
import { STORYTELLER, startServer, type TestServer, waitFor } from '../support/server.ts';

interface Golden {
  cases: { prompt: string; prompt_ids: number[]; last_logits: number[] }[];
}
const golden = JSON.parse(readFileSync(join(STORYTELLER, 'golden.json'), 'utf8')) as Golden;

const MESSAGES = [
  { role: 'system', content: 'You tell stories.' },
  {
    role: 'user',
    content: [
      { type: 'text', text: 'A story ' },
      { type: 'text', text: 'of a dog.' },
    ],
  },
];
const PROMPT = 'System: You tell stories.\nUser: A story of a dog.\nAssistant:';
const TEMPLATE = `{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system here') }}{% endif %}<|{{ m.role }}|>{{ m.content }}{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`;

interface Choice {
  index: number;
  text?: string;
  message?: { role: string; content: string };
  finish_reason: string;
  logprobs: never;
}
interface Answer {
  id: string;
  model: string;
  system_fingerprint: string;
  choices: Choice[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}
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

describe('the OpenAI routes', () => {
  let server: TestServer;
  let folder: string;
  const plain = new ModelCopy();
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-chat-'));
    plain.edit('tokenizer_config.json', () => ({ chat_template: undefined }));
    cpSync(STORYTELLER, join(folder, 'chatty'), { recursive: true });
    writeFileSync(join(folder, 'chatty', 'chat_template.jinja'), TEMPLATE);
    const yaml = `models: [{ name: storyteller, path: ${STORYTELLER}, aliases: [gpt-4o] }, { name: org/chatty, path: ${folder}/chatty }, { name: plain, path: ${plain.path} }]`;
    server = await startServer({ yaml, env: { CACHE_BACKEND: 'memory' } });
    await waitFor(async () => (await fetch(`${server.url}/ready`)).status === 200);
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
    plain.remove();
  });

  const post = async <T = Answer>(path: string, body: object): Promise<T> => {
    const response = await server.post(path, body);
    expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, '']);
    return (await response.json()) as T;
  };
  const stream = async (path: string, body: object): Promise<Chunk[]> => {
    const response = await server.post(path, { ...body, stream: true });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const { data } = chunksOf(await response.text());
    expect(data.at(-1)).toBe('[DONE]');
    return data.slice(0, -1) as Chunk[];
  };

  it('give a chat, a completion, and an inference of the same final prompt the same text', async () => {
    const settings = { model: 'plain', temperature: 0, max_tokens: 24 };
    const chat = await post('/v1/chat/completions', { messages: MESSAGES, ...settings });
    expect(await post('/apply-template', { model: 'plain', messages: MESSAGES })).toEqual({ prompt: PROMPT });
    const completion = await post('/v1/completions', { prompt: PROMPT, ...settings });
    const { output } = await post<{ output: string }>('/v1/infer', {
      model: 'plain',
      prompt: PROMPT,
      params: { temperature: 0, max_new_tokens: 24 },
    });
    const { tokens } = await post<{ tokens: number[] }>('/tokenize', { model: 'plain', messages: MESSAGES });
    const ids = await post('/v1/completions', { prompt: tokens, ...settings });
    expect(chat.choices[0].message).toMatchObject({ role: 'assistant', content: output });
    expect([completion.choices[0].text, ids.choices[0].text]).toEqual([output, output]);
    expect(chat.usage).toEqual({
      prompt_tokens: tokens.length,
      completion_tokens: 24,
      total_tokens: tokens.length + 24,
    });
    expect(chat.id).toMatch(/^chatcmpl-[0-9a-f]{32}$/);
    expect(completion.id).toMatch(/^cmpl-[0-9a-f]{32}$/);
    expect(chat.system_fingerprint).toMatch(/^fp_[0-9a-f]{10}$/);
  });

  it("write conversations with the model's own template, whose special tokens are its own", async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const model = 'org/chatty';
    const { prompt } = await post<{ prompt: string }>('/apply-template', { model, messages });
    expect(prompt).toBe('<|endoftext|><|user|>Hi<|assistant|>');
    const { tokens } = await post<{ tokens: number[] }>('/tokenize', { model, messages });
    const raw = await post<{ tokens: number[] }>('/tokenize', { model, prompt, add_special_tokens: false });
    expect(tokens).toEqual(raw.tokens);
    expect(tokens.filter((token) => token < 3)).toEqual([0, 1, 2]);
    const settings = { model, temperature: 0, max_tokens: 12 };
    const chat = await post('/v1/chat/completions', { messages, ...settings });
    const completion = await post('/v1/completions', { prompt: tokens, ...settings });
    expect(chat.choices[0].message!.content).toBe(completion.choices[0].text);
    const refused = await server.post('/v1/chat/completions', { model, messages: MESSAGES });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { param: 'messages', message: expect.stringContaining('no system here') } },
    ]);
  });

  it.each([
    ['/v1/chat/completions', { messages: MESSAGES }],
    ['/v1/completions', { prompt: ['Once upon a time', 'The dog'] }],
  ])('stream on %s what they answer at once', async (path, body) => {
    const contract = await contractOf(server);
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
      const whole = await post(path, { ...body, ...settings });
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

  it('tell usage in every chunk where that is asked for, also of a cached answer', async () => {
    const body = {
      messages: MESSAGES,
      temperature: 0,
      max_tokens: 9,
      stream_options: { continuous_usage_stats: true },
    };
    for (const cache of ['MISS', 'HIT']) {
      const response = await server.post('/v1/chat/completions', { ...body, stream: true });
      expect(response.headers.get('x-cache')).toBe(cache);
      const chunks = chunksOf(await response.text()).data.slice(0, -1) as { usage: Answer['usage'] }[];
      const counts = chunks.map(({ usage }) => usage.completion_tokens);
      expect(counts.at(-1)).toBe(9);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      expect(new Set(chunks.map(({ usage }) => usage.prompt_tokens)).size).toBe(1);
      expect(chunks.every(({ usage }) => usage.prompt_tokens + usage.completion_tokens === usage.total_tokens)).toBe(
        true,
      );
    }
  });

  it('tell log probabilities that are the log-softmax of the reference', async () => {
    for (const { prompt, prompt_ids, last_logits } of golden.cases) {
      const max = Math.max(...last_logits);
      const normalizer = max + Math.log(last_logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0));
      const expected = last_logits.map((logit) => logit - normalizer).toSorted((a, b) => b - a);
      const { choices } = await post<{
        choices: { logprobs: { tokens: string[]; token_logprobs: number[]; top_logprobs: Record<string, number>[] } }[];
      }>('/v1/completions', { prompt: prompt_ids, temperature: 0, max_tokens: 1, logprobs: 20, logit_bias: { 5: 1 } });
      const [{ logprobs }] = choices;
      // Keys that are numbers come first in an object.
      const told = Object.values(logprobs.top_logprobs[0]).toSorted((a, b) => b - a);
      expect(told).toHaveLength(20);
      for (const [i, logprob] of told.entries()) expect(Math.abs(logprob - expected[i])).toBeLessThan(1e-4);
      expect(logprobs.token_logprobs[0]).toBe(logprobs.top_logprobs[0][logprobs.tokens[0]]);
      const add_special_tokens = !prompt.startsWith('<|endoftext|>');
      const { tokens } = await post<{ tokens: number[] }>('/tokenize', { prompt, add_special_tokens });
      expect(tokens).toEqual(prompt_ids);
    }
  });

  it('name parts of characters by their bytes, and join them to the text', async () => {
    const { tokens } = await post<{ tokens: number[] }>('/tokenize', { prompt: '😀', add_special_tokens: false });
    const { choices } = await post<{
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

  it('list names and aliases, with and without slashes, and what they stand for', async () => {
    const get = async (path: string): Promise<Response> =>
      fetch(server.url + path, { headers: { authorization: 'Bearer test-token' } });
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

  it('turn text to tokens and back', async () => {
    const text = 'Once upon a time, café 😀 there';
    const { tokens, count, max_model_len } = await post<{ tokens: number[]; count: number; max_model_len: number }>(
      '/tokenize',
      { prompt: text, add_special_tokens: false },
    );
    expect([count, max_model_len]).toEqual([tokens.length, 1024]);
    expect(await post('/detokenize', { tokens })).toEqual({ prompt: text });
    expect(await post('/detokenize', { tokens: [0, ...tokens, 0] })).toEqual({ prompt: text });
    const refused = await server.post('/detokenize', { tokens: [4096] });
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { error: { message: expect.stringContaining('4095') } },
    ]);
  });

  it('run equal requests once, replay an idempotent one, and tell how long they took', async () => {
    const body = { messages: MESSAGES, max_tokens: 5 };
    const headers = { 'idempotency-key': 'chat-1', 'x-request-id': 'my-chat' };
    const first = await server.post('/v1/chat/completions', body, { headers });
    const again = await server.post('/v1/chat/completions', body, { headers });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    expect(first.headers.get('x-request-id')).toBe('my-chat');
    expect(first.headers.get('openai-processing-ms')).toMatch(/^\d+$/);
    const other = await server.post('/v1/chat/completions', { ...body, max_tokens: 6 }, { headers });
    expect([other.status, await other.json()]).toMatchObject([422, { error: { code: 'idempotency_key_reused' } }]);
  });

  const chat = (changes: object): object => ({ messages: [{ role: 'user', content: 'x' }], max_tokens: 2, ...changes });
  const completion = (changes: object): object => ({ prompt: 'x', max_tokens: 2, ...changes });
  const content = (part: unknown): object => chat({ messages: [{ role: 'user', content: [part] }] });
  const schema = (value: unknown): object =>
    chat({ response_format: { type: 'json_schema', json_schema: { schema: value } } });
  it.each<[path: string, body: unknown, status: number, param: string | null, message: RegExp, code?: string]>([
    ['/v1/chat/completions', '{', 400, null, /JSON/, 'malformed_request'],
    ['/v1/chat/completions', '[]', 400, null, /JSON object/],
    ['/v1/chat/completions', {}, 400, 'messages', /messages/],
    ['/v1/chat/completions', chat({ messages: [] }), 400, 'messages', /1/],
    ['/v1/chat/completions', chat({ messages: [{ role: 'tool', content: 'x' }] }), 400, 'messages[0].role', /role/],
    ['/v1/chat/completions', chat({ messages: [{ role: 'user' }] }), 400, 'messages[0].content', /content/],
    [
      '/v1/chat/completions',
      content({ type: 'image_url', image_url: { url: 'data:' } }),
      400,
      'messages[0].content',
      /only text/,
    ],
    ['/v1/chat/completions', content({ type: 'input_audio' }), 400, 'messages[0].content', /only text/],
    ['/v1/chat/completions', content({ type: 'text' }), 400, 'messages[0].content', /text/],
    [
      '/v1/chat/completions',
      chat({ messages: [{ role: 'assistant', content: '', tool_calls: [{}] }] }),
      400,
      'messages[0].tool_calls',
      /tools/,
    ],
    [
      '/v1/chat/completions',
      chat({ model: 'gpt-5' }),
      404,
      'model',
      /storyteller, gpt-4o, org\/chatty/,
      'model_not_found',
    ],
    [
      '/v1/chat/completions',
      chat({ messages: [{ role: 'user', content: 'word '.repeat(3000) }] }),
      400,
      'messages',
      /1024/,
      'context_length_exceeded',
    ],
    [
      '/v1/chat/completions',
      chat({ messages: [{ role: 'user', content: 'word '.repeat(300_000) }] }),
      400,
      'messages',
      /at least/,
      'context_length_exceeded',
    ],
    ['/v1/chat/completions', chat({ temperature: 2.1 }), 400, 'temperature', /2/],
    ['/v1/chat/completions', chat({ temperature: '1' }), 400, 'temperature', /number/],
    ['/v1/chat/completions', chat({ n: 9 }), 400, 'n', /8/],
    ['/v1/chat/completions', chat({ max_tokens: 0 }), 400, 'max_tokens', /1/],
    ['/v1/chat/completions', chat({ stop: ['a', 'b', 'c', 'd', 'e'] }), 400, 'stop', /4/],
    ['/v1/chat/completions', chat({ logit_bias: { a: 1 } }), 400, 'logit_bias', /token ids/],
    ['/v1/chat/completions', chat({ top_logprobs: 2 }), 400, 'top_logprobs', /logprobs/],
    ['/v1/chat/completions', chat({ logprobs: true, top_logprobs: 21 }), 400, 'top_logprobs', /20/],
    ['/v1/chat/completions', chat({ stream_options: { include_usage: true } }), 400, 'stream_options', /stream: true/],
    [
      '/v1/chat/completions',
      chat({ stream: true, stream_options: { include_usage: 1 } }),
      400,
      'stream_options',
      /true or false/,
    ],
    ['/v1/chat/completions', chat({ tools: [], tool_choice: 'required' }), 400, 'tool_choice', /no tools/],
    [
      '/v1/chat/completions',
      chat({ tool_choice: { type: 'function', function: { name: 'f' } } }),
      400,
      'tool_choice',
      /no tools/,
    ],
    ['/v1/chat/completions', chat({ function_call: { name: 'f' } }), 400, 'function_call', /no tools/],
    ['/v1/chat/completions', chat({ modalities: ['text', 'audio'] }), 400, 'modalities', /text only/],
    ['/v1/chat/completions', chat({ audio: { voice: 'x' } }), 400, 'audio', /text only/],
    ['/v1/chat/completions', chat({ web_search_options: {} }), 400, 'web_search_options', /search/],
    ['/v1/chat/completions', chat({ response_format: { type: 'xml' } }), 400, 'response_format', /json_schema/],
    ['/v1/chat/completions', chat({ response_format: { type: 'json_schema' } }), 400, 'response_format', /json_schema/],
    [
      '/v1/chat/completions',
      schema({ type: 'object', properties: { a: { type: 'string', format: 'date' } } }),
      400,
      'response_format.json_schema.schema.properties.a.format',
      /"format"/,
      'invalid_json_schema',
    ],
    [
      '/v1/chat/completions',
      schema({ anyOf: [{ type: 'string' }, { not: {} }] }),
      400,
      'response_format.json_schema.schema.anyOf[1].not',
      /"not"/,
      'invalid_json_schema',
    ],
    ['/v1/chat/completions', chat({ metadata: 'x' }), 400, 'metadata', /object/],
    ['/v1/completions', {}, 400, 'prompt', /prompt/],
    ['/v1/completions', completion({ prompt: '' }), 400, 'prompt', /not empty/],
    ['/v1/completions', completion({ prompt: [] }), 400, 'prompt', /not empty/],
    ['/v1/completions', completion({ prompt: ['a', 5] }), 400, 'prompt', /list/],
    ['/v1/completions', completion({ prompt: [4096] }), 400, 'prompt', /0 to 4095/],
    [
      '/v1/completions',
      completion({ prompt: Array.from({ length: 1024 }, () => 7) }),
      400,
      'prompt',
      /1024/,
      'context_length_exceeded',
    ],
    ['/v1/completions', completion({ echo: true }), 400, 'echo', /repeats/],
    ['/v1/completions', completion({ suffix: 'x' }), 400, 'suffix', /inserted/],
    ['/v1/completions', completion({ best_of: 2 }), 400, 'best_of', /n/],
    [
      '/v1/completions',
      completion({ prompt: ['a', 'b'], n: 8, max_tokens: 1000, logprobs: 20 }),
      400,
      'logprobs',
      /250000/,
    ],
    ['/v1/completions', completion({ prompt: Array.from({ length: 20 }, () => 'a'), n: 8 }), 400, 'n', /128/],
    ['/v1/chat/completions', chat({ messages: [[]] }), 400, 'messages[0]', /object/],
    ['/v1/completions', completion({ logprobs: 21 }), 400, 'logprobs', /20/],
    [
      '/v1/completions',
      completion({ prompt: ['ok', 'word '.repeat(3000)] }),
      400,
      'prompt',
      /1024/,
      'context_length_exceeded',
    ],
    ['/tokenize', {}, 400, 'prompt', /prompt or messages/],
    ['/tokenize', { prompt: 'x', messages: [{ role: 'user', content: 'x' }] }, 400, 'prompt', /prompt or messages/],
    ['/tokenize', { prompt: 'x'.repeat(100_001) }, 400, 'prompt', /100000/],
    ['/detokenize', { tokens: ['a'] }, 400, 'tokens', /token ids/],
    ['/apply-template', { messages: 'x' }, 400, 'messages', /messages/],
    ['/v1/embed', {}, 404, null, /\/v1\/embed/, 'not_found'],
  ])('refuse on %s %j', async (path, body, status, param, message, code = 'invalid_request') => {
    const response = await server.post(path, body);
    expect(response.headers.get('x-should-retry')).toBe('false');
    expect([response.status, await response.json()]).toEqual([
      status,
      { error: { message: expect.stringMatching(message), type: 'invalid_request_error', param, code } },
    ]);
    expect((await server.post('/v1/completions', completion({}))).status).toBe(200);
  });

  it('ignore hints, and what asks for nothing', async () => {
    const body = {
      service_tier: 'auto',
      tools: [],
      tool_choice: 'auto',
      store: true,
      echo: false,
    };
    await post(
      '/v1/chat/completions',
      chat({ ...body, parallel_tool_calls: true, modalities: ['text'], user: 'me', metadata: { constructor: 'x' } }),
    );
    await post('/v1/completions', completion({ ...body, suffix: null, best_of: 1, stop: null, logprobs: null }));
  });

  it('answer a wrong token and a wrong content type in their envelope', async () => {
    const denied = await server.post('/v1/chat/completions', chat({}), { headers: { authorization: 'Bearer no' } });
    expect([denied.status, await denied.json()]).toMatchObject([
      401,
      { error: { code: 'invalid_api_key', type: 'invalid_request_error' } },
    ]);
    const form = await server.post('/v1/completions', 'a=1', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    const message = expect.stringContaining('Content-Type: application/json') as string;
    expect([form.status, await form.json()]).toMatchObject([
      415,
      { error: { code: 'unsupported_media_type', message } },
    ]);
  });

  it('give back the place of a caller who leaves, whatever he asked for', async () => {
    const leaving = new AbortController();
    const body = completion({
      prompt: ['a', 'b', 'c'],
      n: 2,
      max_tokens: 900,
      ignore_eos: true,
      stream: true,
      temperature: 1,
    });
    const response = await server.post('/v1/completions', body, { signal: leaving.signal });
    await response.body!.getReader().read();
    expect(server.engine.unfinished).toBe(3);
    leaving.abort();
    await waitFor(() => server.engine.unfinished === 0);
  });

  it('tell a fault inside a stream by an error and no [DONE]', async () => {
    const body = chat({ max_tokens: 900, ignore_eos: true, stream: true, temperature: 1 });
    const response = await server.post('/v1/chat/completions', body);
    process.kill(server.engine.pid!, 'SIGKILL');
    const { data } = chunksOf(await response.text());
    expect(data.at(-1)).toEqual({
      error: {
        message: expect.stringContaining('Send it again'),
        type: 'server_error',
        param: null,
        code: 'engine_error',
      },
    });
    await waitFor(() => server.engine.state.phase === 'ready');
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
