import { OpenAIEmbeddings } from '@langchain/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embedMany } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { TOKEN, type TestServer } from '../support/server.ts';

/** Four numbers that tell texts apart. */
const vectorOf = (text: string): number[] => [
  text.length,
  text.charCodeAt(0) / 7,
  text.charCodeAt(text.length - 1) / -3,
  text.split('e').length,
];
const vector32 = (text: string): number[] => [...Float32Array.from(vectorOf(text))];
const lengthOf = (vector: number[]): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

interface Embeddings {
  object: string;
  model: string;
  data: { object: string; index: number; embedding: number[] }[];
  usage: { prompt_tokens: number; total_tokens: number };
}

interface Refusal {
  error: { message: string; type: string; param: string | null; code: string };
}

describe('POST /v1/embeddings', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer(
      {
        storyteller: { answers: 'Once.' },
        minilm: {
          encodes: (text) => vectorOf(text as string),
          aliases: ['text-embedding-3-small'],
          info: { outputSize: 4, maxTokens: 5, vocabSize: 1000, prompts: { query: 'query: ' } },
        },
        nested: {
          encodes: (text) => vectorOf(text as string),
          info: { outputSize: 4, matryoshka: [2], isNormalized: true },
        },
        judge: { encodes: () => [0], info: { task: 'rerank', outputSize: 1 } },
      },
      { CACHE_BACKEND: 'memory' },
    );
  });
  afterAll(() => server.close());

  const embed = async (body: object, headers: Record<string, string> = {}): Promise<Embeddings> => {
    const response = await server.post('/v1/embeddings', body, { headers });
    expect(response.status).toBe(200);
    return (await response.json()) as Embeddings;
  };
  const refusal = async (body: object): Promise<Refusal['error']> => {
    const response = await server.post('/v1/embeddings', body);
    expect(response.status).toBe(400);
    return ((await response.json()) as Refusal).error;
  };

  it('takes a text, texts, token ids and lists of them, in their order', async () => {
    const texts = ['one two', 'three', 'one two'];
    const several = await embed({ input: texts, model: 'minilm' });
    expect(several).toEqual({
      object: 'list',
      model: 'minilm',
      data: texts.map((text, index) => ({ object: 'embedding', index, embedding: vector32(text) })),
      usage: { prompt_tokens: 5, total_tokens: 5 },
    });
    const alone = await embed({ input: 'one two', model: 'text-embedding-3-small' });
    expect(alone.data[0].embedding).toEqual(several.data[0].embedding);
    const { tokens } = (await (await server.post('/tokenize', { model: 'minilm', prompt: 'one two' })).json()) as {
      tokens: number[];
    };
    expect((await embed({ input: tokens, model: 'minilm' })).data).toEqual(alone.data);
    expect((await embed({ input: [tokens, tokens], model: 'minilm' })).data).toHaveLength(2);
  });

  it('takes the model that can, where none is named', async () => {
    expect((await embed({ input: 'one' })).model).toBe('minilm');
  });

  it('gives base64 of little-endian floats, which decodes to the same numbers', async () => {
    const { data } = await embed({ input: ['one two', 'three'], encoding_format: 'base64' });
    const decoded = data.map(({ embedding }) => {
      const bytes = Buffer.from(embedding as unknown as string, 'base64');
      return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readFloatLE(4 * i));
    });
    expect(decoded).toEqual([vector32('one two'), vector32('three')]);
  });

  it.each<[string, object, RegExp, string]>([
    ['no input', {}, /text/, 'input'],
    ['null', { input: null }, /text/, 'input'],
    ['an empty list', { input: [] }, /empty/, 'input'],
    ['an empty text', { input: '' }, /empty/, 'input'],
    ['an empty text among others', { input: ['a', ''] }, /empty/, 'input[1]'],
    ['texts mixed with ids', { input: ['a', 1] }, /text/, 'input[1]'],
    ['half a character', { input: 'a\uD800' }, /surrogate/, 'input'],
    ['a negative id', { input: [1, -1] }, /item 1/, 'input'],
    ['an id that is no whole number', { input: [[1], [1.5]] }, /item 0/, 'input[1]'],
    ['an id of a foreign tokenizer', { input: [[1], [1000]] }, /check_embedding_ctx_length=False/, 'input[1]'],
    ['too many inputs', { input: Array.from({ length: 2049 }, () => 'a') }, /2049 inputs; at most 2048/, 'input'],
    ['too many tokens', { input: [Array(200_000).fill(1), Array(100_001).fill(1)] }, /300000/, 'input[1]'],
    ['another format', { input: 'a', encoding_format: 'hex' }, /encoding_format/, 'encoding_format'],
    ['messages', { messages: [{ role: 'user', content: 'a' }] }, /as input/, 'messages'],
    ['the type of an input', { input: 'a', input_type: 'query' }, /prompt_name/, 'input_type'],
    ["another server's truncation", { input: 'a', truncate: 'END' }, /truncate_prompt_tokens/, 'truncate'],
    ['no dimensions', { input: 'a', dimensions: 0 }, /dimensions/, 'dimensions'],
    ['a cut to nothing', { input: 'a', truncate_prompt_tokens: 0 }, /-1/, 'truncate_prompt_tokens'],
  ])('refuses %s', async (_, body, message, param) => {
    const error = await refusal({ model: 'minilm', ...body });
    expect(error).toMatchObject({ type: 'invalid_request_error', param, code: 'invalid_request' });
    expect(error.message).toMatch(message);
  });

  it('takes exactly the maximum, and refuses a token more with count and limit, unless it may be cut', async () => {
    expect((await embed({ input: 'a b c d e' })).usage.prompt_tokens).toBe(5);
    const error = await refusal({ input: ['a', 'a b c d e f'] });
    expect(error).toMatchObject({ code: 'context_length_exceeded', param: 'input' });
    expect(error.message).toMatch(/Input 1 has 6 tokens; this model takes at most 5/);
    const cut = await embed({ input: 'a b c d e f', truncate_prompt_tokens: -1 });
    expect([cut.usage.prompt_tokens, cut.data[0].embedding]).toEqual([5, vector32('a b c d e')]);
    const left = await embed({ input: 'a b c d e f', truncate_prompt_tokens: 2, truncation_side: 'left' });
    expect(left.data[0].embedding).toEqual(vector32(' e f'));
    expect((await refusal({ input: 'a', truncate_prompt_tokens: 6 })).message).toMatch(/at most 5 tokens/);
    expect((await refusal({ input: [[1, 2, 3, 4, 5, 6]] })).code).toBe('context_length_exceeded');
    const ids = await embed({ input: [[1, 2, 3, 4, 5, 6]], truncate_prompt_tokens: -1 });
    expect(ids.usage.prompt_tokens).toBe(5);
  });

  it('cuts vectors of models that were trained for it, and makes them length 1 again', async () => {
    const { data } = await embed({ input: 'one two', model: 'nested', dimensions: 2 });
    const whole = vector32('one two').slice(0, 2);
    const expected = whole.map((value) => value / lengthOf(whole));
    expect(data[0].embedding).toHaveLength(2);
    expect(lengthOf(data[0].embedding)).toBeCloseTo(1, 6);
    for (const [i, value] of data[0].embedding.entries()) expect(value).toBeCloseTo(expected[i], 6);
    expect((await refusal({ input: 'a', model: 'nested', dimensions: 3 })).message).toMatch(/2, 4/);
    expect((await refusal({ input: 'a', model: 'minilm', dimensions: 2 })).message).toMatch(/cannot be cut/);
    expect((await embed({ input: 'a', model: 'minilm', dimensions: 4 })).data[0].embedding).toHaveLength(4);
  });

  it('normalizes where it is asked to', async () => {
    const { data } = await embed({ input: 'one two', normalize: true });
    expect(lengthOf(data[0].embedding)).toBeCloseTo(1, 6);
  });

  it("puts one of the model's prompts before a text, and names those that there are", async () => {
    const { data } = await embed({ input: 'cats', model: 'minilm', prompt_name: 'query' });
    expect(data[0].embedding).toEqual(vector32('query: cats'));
    expect((await refusal({ input: 'a', model: 'minilm', prompt_name: 'constructor' })).message).toMatch(
      /prompts: query/,
    );
  });

  it('says what a model can that cannot embed, and what an embedder cannot', async () => {
    const chat = await refusal({ input: 'a', model: 'storyteller' });
    expect(chat).toMatchObject({ code: 'task_unsupported', type: 'invalid_request_error' });
    expect(chat.message).toMatch(/generates text.*\/v1\/chat\/completions/);
    expect((await refusal({ input: 'a', model: 'judge' })).message).toMatch(/rerank/);
    const body = { model: 'minilm', messages: [{ role: 'user', content: 'Hi' }] };
    for (const [path, asked] of [
      ['/v1/chat/completions', body],
      ['/v1/completions', { model: 'minilm', prompt: 'Hi' }],
      ['/v1/infer', { model: 'minilm', prompt: 'Hi' }],
    ] as const) {
      const response = await server.post(path, asked);
      expect([path, response.status]).toEqual([path, 400]);
      expect(await response.text()).toMatch(/makes embeddings/);
    }
  });

  it('keeps results, whatever form they are asked for in', async () => {
    const body = { input: 'a text of its own', model: 'minilm' };
    const first = await server.post('/v1/embeddings', body);
    const second = await server.post('/v1/embeddings', { ...body, normalize: true });
    expect([first, second].map(({ headers }) => headers.get('x-cache'))).toEqual(['MISS', 'HIT']);
    const { usage } = (await first.json()) as Embeddings;
    expect(((await second.json()) as Embeddings).usage).toEqual(usage);
  });

  it('answers a repeated idempotency key with the first response', async () => {
    const headers = { 'idempotency-key': 'embed-once', 'cache-control': 'no-store' };
    const first = await embed({ input: 'one' }, headers);
    const response = await server.post('/v1/embeddings', { input: 'one' }, { headers });
    expect(response.headers.get('idempotent-replayed')).toBe('true');
    expect(await response.json()).toEqual(first);
  });

  it('warns of unknown fields', async () => {
    const response = await server.post('/v1/embeddings', { input: 'a', modell: 'x', temperature: 1, tools: [] });
    expect(response.headers.get('warning')).toMatch(/modell, temperature, tools/);
    expect(response.status).toBe(200);
  });

  it('lists encoders, with the tokens that they take', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const model = await (await fetch(`${server.url}/v1/models/minilm`, { headers })).json();
    expect(model).toMatchObject({ id: 'minilm', max_model_len: 5 });
  });

  it('answers 2,048 inputs at once', async () => {
    const input = Array.from({ length: 2048 }, (_, i) => `text ${i}`);
    const { data } = await embed({ input, model: 'minilm' });
    expect(data.map(({ index }) => index)).toEqual(input.map((_, i) => i));
    expect(data[2047].embedding).toEqual(vector32('text 2047'));
  });

  describe('called by published clients', () => {
    it('gives the openai client the same numbers, which asks for base64 by itself', async () => {
      const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, maxRetries: 0 });
      const { data, usage } = await client.embeddings.create({ model: 'minilm', input: ['one two', 'three'] });
      expect(data.map(({ embedding }) => embedding)).toEqual([vector32('one two'), vector32('three')]);
      expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
      const floats = await client.embeddings.create({ model: 'minilm', input: 'three', encoding_format: 'float' });
      expect(floats.data[0].embedding).toEqual(vector32('three'));
    });

    it('serves LangChain', async () => {
      const embeddings = new OpenAIEmbeddings({
        model: 'minilm',
        apiKey: TOKEN,
        configuration: { baseURL: `${server.url}/v1` },
      });
      expect(await embeddings.embedDocuments(['one two', 'three'])).toEqual([vector32('one two'), vector32('three')]);
      expect(await embeddings.embedQuery('three')).toEqual(vector32('three'));
    });

    it('serves the AI SDK', async () => {
      const provider = createOpenAICompatible({ name: 'frontier', baseURL: `${server.url}/v1`, apiKey: TOKEN });
      const { embeddings, usage } = await embedMany({
        model: provider.textEmbeddingModel('minilm'),
        values: ['one two', 'three'],
      });
      expect(embeddings).toEqual([vector32('one two'), vector32('three')]);
      expect(usage.tokens).toBe(3);
    });
  });
});
