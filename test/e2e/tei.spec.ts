import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { TOKEN, type TestServer } from '../support/server.ts';

const vectorOf = (text: string): number[] => [text.length, text.charCodeAt(0) / 7];
const unit = ([a, b]: number[]): number[] => [a / Math.hypot(a, b), b / Math.hypot(a, b)];

describe("the routes of TEI's users", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({
      storyteller: { answers: 'Once.' },
      minilm: {
        encodes: (text) => vectorOf(text as string),
        info: { outputSize: 2, maxTokens: 4, vocabSize: 1000, prompts: { query: 'query: ' } },
      },
      wide: { encodes: (text) => [1, 0, (text as string).length], info: { outputSize: 3 } },
      huge: { encodes: () => [1], info: { outputSize: 2000 } },
      judge: {
        encodes: ([query, text]) => [query === text ? 3 : -1],
        info: { task: 'rerank', outputSize: 1, maxTokens: 4 },
      },
      moods: {
        encodes: (input) => (typeof input === 'string' ? [0, 1] : [5, 1]),
        info: { task: 'classify', outputSize: 2, labels: ['sad', 'glad'] },
      },
    });
  });
  afterAll(() => server.close());

  const post = async <T>(path: string, body: object): Promise<T> => {
    const response = await server.post(path, body);
    expect([response.status, path]).toEqual([200, path]);
    return (await response.json()) as T;
  };
  const refusal = async (path: string, body: object | string): Promise<[number, string, string]> => {
    const response = await server.post(path, body);
    const { error, error_type, ...others } = (await response.json()) as { error: string; error_type: string };
    expect(others).toEqual({});
    return [response.status, error_type, error];
  };
  const closeTo = (vector: number[]): unknown => vector.map((value) => expect.closeTo(value, 5));

  it('makes vectors of length 1, a list also for one text', async () => {
    expect(await post('/embed', { inputs: 'one two' })).toEqual([closeTo(unit(vectorOf('one two')))]);
    const raw = await post<number[][]>('/embed', { inputs: ['one', 'two'], normalize: false });
    expect(raw).toEqual([closeTo(vectorOf('one')), closeTo(vectorOf('two'))]);
    expect(await post('/models/wide/embed', { inputs: 'abcd', normalize: false })).toEqual([[1, 0, 4]]);
    expect(await post('/embed', { inputs: 'cats', prompt_name: 'query', normalize: false })).toEqual([
      closeTo(vectorOf('query: cats')),
    ]);
  });

  it('tells how long it took', async () => {
    const response = await server.post('/embed', { inputs: ['one two', 'three'] });
    expect(response.headers.get('x-compute-type')).toBe('cpu');
    expect(response.headers.get('x-compute-characters')).toBe('12');
    expect(response.headers.get('x-compute-tokens')).toBe('3');
    for (const name of ['compute', 'total', 'tokenization', 'queue', 'inference'])
      expect(response.headers.get(`x-${name}-time`)).toMatch(/^\d+$/);
  });

  it('cuts longer inputs, unless it must not', async () => {
    const cut = await post<number[][]>('/embed', { inputs: 'a b c d e', normalize: false });
    expect(cut).toEqual([closeTo(vectorOf('a b c d'))]);
    const left = { inputs: 'a b c d e', normalize: false, truncation_direction: 'Left' };
    expect(await post('/embed', left)).toEqual([closeTo(vectorOf(' b c d e'))]);
    const [status, type, message] = await refusal('/embed', { inputs: 'a b c d e', truncate: false });
    expect([status, type]).toEqual([422, 'Validation']);
    expect(message).toMatch(/5 tokens.*at most 4/);
  });

  it('makes a vector of each token', async () => {
    expect(await post('/embed_all', { inputs: ['one two', 'three'] })).toEqual([
      [closeTo(vectorOf('one')), closeTo(vectorOf(' two'))],
      [closeTo(vectorOf('three'))],
    ]);
  });

  it('compares a sentence with others', async () => {
    const inputs = { source_sentence: 'abc', sentences: ['abc', 'zzzzzzzzzz'] };
    const [a, b] = [vectorOf('abc'), vectorOf('zzzzzzzzzz')].map(unit);
    expect(await post('/similarity', { inputs })).toEqual([
      expect.closeTo(1, 6),
      expect.closeTo(a[0] * b[0] + a[1] * b[1], 6),
    ]);
    expect(await post('/similarity', { inputs, parameters: { truncate: true, prompt_name: 'query' } })).toHaveLength(2);
  });

  it('classifies a text, a pair, and lists of both', async () => {
    const e = Math.exp(1);
    const glad = [
      { label: 'glad', score: expect.closeTo(e / (1 + e), 6) },
      { label: 'sad', score: expect.closeTo(1 / (1 + e), 6) },
    ];
    expect(await post('/predict', { inputs: 'so' })).toEqual(glad);
    expect(await post('/predict', { inputs: ['so'] })).toEqual(glad);
    const raw = await post('/predict', { inputs: ['so', 'what'], raw_scores: true });
    expect(raw).toEqual([
      { label: 'sad', score: 5 },
      { label: 'glad', score: 1 },
    ]);
    const several = await post<{ label: string }[][]>('/predict', { inputs: [['so'], ['so', 'what']] });
    expect(several.map(([{ label }]) => label)).toEqual(['glad', 'sad']);
  });

  it('ranks texts, where the body has texts', async () => {
    const body = { query: 'a', texts: ['b', 'a'] };
    const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
    expect(await post('/rerank', body)).toEqual([
      { index: 1, score: expect.closeTo(sigmoid(3), 6) },
      { index: 0, score: expect.closeTo(sigmoid(-1), 6) },
    ]);
    expect(await post('/rerank', { ...body, raw_scores: true, return_text: true })).toEqual([
      { index: 1, text: 'a', score: 3 },
      { index: 0, text: 'b', score: -1 },
    ]);
  });

  it.each<[string, string, object | string, number, string]>([
    ['an empty text', '/embed', { inputs: '' }, 400, 'Empty'],
    ['an empty list', '/embed', { inputs: [] }, 400, 'Empty'],
    ['no inputs', '/embed', {}, 422, 'Validation'],
    ['inputs that are a number', '/embed', { inputs: 5 }, 422, 'Validation'],
    ['an id that the model does not have', '/embed', { inputs: [1000] }, 422, 'Validation'],
    ['dimensions of a model that cannot be cut', '/embed', { inputs: 'a', dimensions: 1 }, 422, 'Validation'],
    ['a direction that is none', '/embed', { inputs: 'a', truncation_direction: 'up' }, 422, 'Validation'],
    ['a body that is no JSON', '/embed', '{', 400, 'Validation'],
    ['a model that does not exist', '/embed', { inputs: 'a', model: 'none' }, 404, 'Validation'],
    ['a model of another kind', '/embed', { inputs: 'a', model: 'judge' }, 424, 'Backend'],
    ['a model of another kind by its path', '/models/storyteller/embed', { inputs: 'a' }, 424, 'Backend'],
    [
      'more tokens than there is room for',
      '/embed_all',
      { inputs: Array(200).fill(Array(12).fill(1)), model: 'huge' },
      422,
      'Validation',
    ],
    ['three texts that are no pair', '/predict', { inputs: ['a', 'b', 'c'] }, 422, 'Validation'],
    ['three texts in a list', '/predict', { inputs: [['a', 'b', 'c']] }, 422, 'Validation'],
    ['an empty text to classify', '/predict', { inputs: [['']] }, 400, 'Empty'],
    ['no sentences', '/similarity', { inputs: { source_sentence: 'a', sentences: [] } }, 422, 'Validation'],
    ['inputs that are a text', '/similarity', { inputs: 'a' }, 422, 'Validation'],
    ['no texts to tokenize', '/tokenize', { inputs: [] }, 400, 'Empty'],
    ['an empty text to tokenize', '/tokenize', { inputs: ['a', ''] }, 400, 'Empty'],
    ['a text to tokenize that is a number', '/tokenize', { inputs: 5 }, 422, 'Validation'],
    ['more text than may be tokenized', '/tokenize', { inputs: Array(11).fill('a'.repeat(10_000)) }, 422, 'Validation'],
    ['a prompt that the model does not have', '/tokenize', { inputs: 'a', prompt_name: 'none' }, 422, 'Validation'],
    ['a text to tokenize for a model that writes', '/tokenize', { inputs: 'a', model: 'storyteller' }, 424, 'Backend'],
    ['no ids', '/decode', { ids: [] }, 400, 'Empty'],
    ['ids that are none', '/decode', { ids: [[1, -1]] }, 422, 'Validation'],
    ['ids in the place of lists', '/decode', { ids: [[1], 1] }, 422, 'Validation'],
    ['an id that the tokenizer does not have', '/decode', { ids: [1000] }, 422, 'Validation'],
    ['too many ids', '/decode', { ids: Array(100_001).fill(1) }, 422, 'Validation'],
    ['texts of special tokens', '/decode', { ids: [1], skip_special_tokens: false }, 422, 'Validation'],
    ['sparse vectors', '/embed_sparse', { inputs: 'a' }, 424, 'Backend'],
    ['texts that are none', '/rerank', { query: 'a', texts: [1] }, 422, 'Validation'],
    ['texts without a query', '/rerank', { texts: ['a'] }, 422, 'Validation'],
    ['texts for a model of another kind', '/rerank', { query: 'a', texts: ['a'], model: 'minilm' }, 424, 'Backend'],
  ])('refuses %s in the form of TEI', async (_, path, body, status, type) => {
    expect((await refusal(path, body)).slice(0, 2)).toEqual([status, type]);
  });

  it('gives the tokens of texts for themselves, and makes texts of them again', async () => {
    interface Token {
      id: number;
      text: string;
      special: boolean;
      start: null;
    }
    const [first, second] = await post<Token[][]>('/tokenize', { inputs: ['one two', 'three'] });
    expect(first.map(({ text, special, start }) => [text, special, start])).toEqual([
      ['one', false, null],
      [' two', false, null],
    ]);
    const ids = [first, second].map((tokens) => tokens.map(({ id }) => id));
    expect(await post('/decode', { ids })).toEqual(['one two', 'three']);
    expect(await post('/decode', { ids: ids[0], skip_special_tokens: true })).toEqual(['one two']);
    const [prompted] = await post<Token[][]>('/tokenize', { inputs: 'cats', prompt_name: 'query' });
    expect(prompted.map(({ text }) => text).join('')).toBe('query: cats');
    const chat = await server.post('/tokenize', { prompt: 'one two' });
    expect(await chat.json()).toMatchObject({ count: 2, max_model_len: 4096 });
  });

  it('refuses a conversation to tokenize in the form of the other servers', async () => {
    const response = await server.post('/tokenize', { messages: 5, inputs: 'a' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it('refuses documents in the form of the other servers', async () => {
    const response = await server.post('/rerank', { query: 'a', documents: [] });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param: 'documents' } });
  });

  it('describes the model that a task is done with', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const info = await (await fetch(`${server.url}/info`, { headers })).json();
    expect(info).toEqual({
      model_id: 'minilm',
      model_sha: 'scripted',
      model_dtype: 'float32',
      served_model_name: 'minilm',
      model_type: { embedding: { pooling: 'mean' } },
      max_concurrent_requests: 512,
      max_input_length: 4,
      max_batch_tokens: 128,
      max_batch_requests: 32,
      max_client_batch_size: 2048,
      auto_truncate: true,
      tokenization_workers: 1,
      version: '0.1.0',
      sha: null,
      docker_label: null,
    });
    const judge = await (await fetch(`${server.url}/info?model=moods`, { headers })).json();
    expect(judge).toMatchObject({
      model_id: 'moods',
      model_type: { classifier: { id2label: { 0: 'sad', 1: 'glad' }, label2id: { sad: 0, glad: 1 } } },
    });
    expect((await fetch(`${server.url}/info`)).status).toBe(401);
  });
});
