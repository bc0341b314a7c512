import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import type { TestServer } from '../support/server.ts';

/** The logit of a pair: how many words of the first text the second one has, less two. */
function logitOf([query, text]: readonly [string, string]): number {
  const words = new Set(text.toLowerCase().split(/\W+/));
  return (
    query
      .toLowerCase()
      .split(/\W+/)
      .filter((word) => words.has(word)).length - 2
  );
}
const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

const QUERY = 'machine learning is';
const DOCUMENTS = [
  'a machine moves',
  'learning is what pupils do',
  'machine learning is a field of computing',
  'le chat mange une souris',
];
const LOGITS = DOCUMENTS.map((document) => logitOf([QUERY, document]));

interface Ranking {
  id: string;
  model: string;
  usage: { prompt_tokens: number; total_tokens: number };
  results: { index: number; relevance_score: number; document?: { text: string } }[];
}

describe('reranking', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({
      storyteller: { answers: 'Once.' },
      minilm: { encodes: (text) => [text.length, 1] },
      judge: {
        encodes: (pair) => [logitOf(pair as readonly [string, string])],
        info: { task: 'rerank', outputSize: 1, maxTokens: 12 },
      },
      plain: {
        encodes: (pair) => [logitOf(pair as readonly [string, string])],
        info: { task: 'rerank', outputSize: 1, activation: 'identity' },
      },
      moods: {
        encodes: (text) => (text === 'huge' ? [-1000, -2000, -1001] : [1, 3, 2]),
        info: { task: 'classify', outputSize: 3, labels: ['sad', 'glad', 'mad'] },
      },
      tags: { encodes: () => [0, 2], info: { task: 'classify', outputSize: 2, multiLabel: true } },
    });
  });
  afterAll(() => server.close());

  const post = async <T>(path: string, body: object): Promise<T> => {
    const response = await server.post(path, body);
    expect([response.status, path]).toEqual([200, path]);
    return (await response.json()) as T;
  };
  const refusal = async (
    path: string,
    body: object,
  ): Promise<{ message: string; code: string; param: string | null }> => {
    const response = await server.post(path, body);
    expect(response.status).toBe(400);
    return ((await response.json()) as { error: { message: string; code: string; param: string | null } }).error;
  };

  describe.each(['/v1/rerank', '/v2/rerank', '/rerank'])('POST %s', (path) => {
    it('ranks documents, the best first', async () => {
      const { id, model, results, usage } = await post<Ranking>(path, { query: QUERY, documents: DOCUMENTS });
      expect([id, model]).toEqual([expect.stringMatching(/^rerank-/), 'judge']);
      expect(results.map(({ index }) => index)).toEqual([2, 1, 0, 3]);
      for (const { index, relevance_score } of results) expect(relevance_score).toBeCloseTo(sigmoid(LOGITS[index]), 6);
      const words = (text: string): number => text.split(' ').length;
      const expected = DOCUMENTS.reduce((sum, document) => sum + words(QUERY) + words(document), 0);
      expect(usage).toEqual({ prompt_tokens: expected, total_tokens: expected });
    });

    it.each([
      [2, 2],
      [0, 4],
      [99, 4],
      [null, 4],
    ])('sends the best %s as %i', async (top_n, count) => {
      const { results } = await post<Ranking>(path, { query: QUERY, documents: DOCUMENTS, top_n });
      expect(results.map(({ index }) => index)).toEqual([2, 1, 0, 3].slice(0, count));
    });

    it('takes documents as objects, and sends their texts where they are asked for', async () => {
      const body = { query: QUERY, documents: DOCUMENTS.map((text) => ({ text })) };
      const asked = await post<Ranking>(path, { ...body, return_documents: true });
      expect(asked.results[0].document).toEqual({ text: DOCUMENTS[2] });
      const without = await post<Ranking>(path, { ...body, return_documents: false });
      expect(without.results[0]).not.toHaveProperty('document');
      const silent = await post<Ranking>(path, body);
      expect('document' in silent.results[0]).toBe(path !== '/v2/rerank');
    });

    it('gives logits where it is asked to, whose sigmoid is the score', async () => {
      for (const raw of [{ use_activation: false }, { raw_scores: true }]) {
        const { results } = await post<Ranking>(path, { query: QUERY, documents: DOCUMENTS, ...raw });
        expect(results.map(({ relevance_score }) => relevance_score)).toEqual([1, 0, -1, -2]);
      }
    });

    it.each<[string, object, string]>([
      ['no documents', { query: QUERY }, 'documents'],
      ['an empty list', { query: QUERY, documents: [] }, 'documents'],
      ['null', { query: QUERY, documents: null }, 'documents'],
      ['a number', { query: QUERY, documents: 123 }, 'documents'],
      ['a list of numbers', { query: QUERY, documents: [1, 2, 3] }, 'documents[0]'],
      ['an object without a text', { query: QUERY, documents: ['a', { title: 'b' }] }, 'documents[1]'],
      ['too many documents', { query: QUERY, documents: Array(2049).fill('a') }, 'documents'],
      ['no query', { documents: DOCUMENTS }, 'query'],
      ['an empty query', { query: '', documents: DOCUMENTS }, 'query'],
      ['a negative top_n', { query: QUERY, documents: DOCUMENTS, top_n: -1 }, 'top_n'],
    ])('refuses %s', async (_, body, param) => {
      expect(await refusal(path, body)).toMatchObject({ code: 'invalid_request', param });
    });

    it('refuses a pair that is too long, unless it may be cut', async () => {
      const body = { query: 'one two three four five six', documents: ['a', 'a b c d e f g'] };
      const { code, message } = await refusal(path, body);
      expect([code, message]).toEqual([
        'context_length_exceeded',
        expect.stringMatching(/Input 1 has 13 tokens.*at most 12/),
      ]);
      const query = { query: 'a b c d e f g h i j k l', documents: ['a'] };
      expect((await refusal(path, query)).code).toBe('context_length_exceeded');
      const cut = await post<Ranking>(path, { ...body, truncate_prompt_tokens: -1 });
      expect(cut.usage.total_tokens).toBe(7 + 12);
    });
  });

  it("honours a model's own activation", async () => {
    const { results } = await post<Ranking>('/v1/rerank', { model: 'plain', query: QUERY, documents: DOCUMENTS });
    expect(results[0].relevance_score).toBe(1);
  });

  it.each<[string, string, RegExp]>([
    ['an embedder', 'minilm', /makes embeddings/],
    ['a model that generates', 'storyteller', /generates text/],
    ['a classifier', 'moods', /classifies/],
  ])('refuses %s, and says what it can', async (_, model, message) => {
    const error = await refusal('/v1/rerank', { model, query: QUERY, documents: DOCUMENTS });
    expect(error).toMatchObject({ code: 'task_unsupported', message: expect.stringMatching(message) });
  });

  describe('POST /v1/score', () => {
    interface Scores {
      data: { index: number; object: string; score: number }[];
      usage: { prompt_tokens: number };
    }

    it.each<[string, object, [string, string][]]>([
      ['one with one', { text_1: 'a b', text_2: 'a' }, [['a b', 'a']]],
      [
        'one with several',
        { queries: 'a b', documents: ['a', 'c'] },
        [
          ['a b', 'a'],
          ['a b', 'c'],
        ],
      ],
      [
        'pair by pair',
        { queries: ['a b', 'c d'], items: ['a b', 'c'] },
        [
          ['a b', 'a b'],
          ['c d', 'c'],
        ],
      ],
    ])('scores %s', async (_, body, pairs) => {
      const { data } = await post<Scores>('/v1/score', body);
      expect(data.map(({ index, object }) => [index, object])).toEqual(pairs.map((_pair, i) => [i, 'score']));
      for (const [i, { score }] of data.entries()) expect(score).toBeCloseTo(sigmoid(logitOf(pairs[i])), 6);
    });

    it.each<[string, object]>([
      ['unequal numbers of texts', { text_1: ['a', 'b'], text_2: ['a', 'b', 'c'] }],
      ['several with one', { text_1: ['a', 'b'], text_2: 'a' }],
      ['one side only', { text_1: 'a' }],
      ['a field under two names', { text_1: 'a', queries: 'a', text_2: 'b' }],
      ['a number', { text_1: 1, text_2: 'b' }],
      ['an empty list', { text_1: 'a', text_2: [] }],
    ])('refuses %s', async (_, body) => {
      expect((await refusal('/v1/score', body)).code).toBe('invalid_request');
    });
  });

  describe('POST /v1/classify', () => {
    interface Classes {
      model: string;
      data: { index: number; label: string; probs: number[]; num_classes: number }[];
      usage: { prompt_tokens: number };
    }

    it('gives the scores of all labels, and names the best', async () => {
      const { model, data, usage } = await post<Classes>('/v1/classify', {
        model: 'moods',
        input: ['I am glad', 'so'],
      });
      expect([model, usage.prompt_tokens]).toEqual(['moods', 4]);
      const powers = [Math.exp(1), Math.exp(3), Math.exp(2)];
      const sum = powers[0] + powers[1] + powers[2];
      expect(data[1]).toMatchObject({ index: 1, label: 'glad', num_classes: 3 });
      for (const [i, probability] of data[0].probs.entries()) expect(probability).toBeCloseTo(powers[i] / sum, 6);
    });

    it('does not overflow on large negative logits', async () => {
      const { data } = await post<Classes>('/v1/classify', { model: 'moods', input: 'huge' });
      expect(data[0].probs[0]).toBeCloseTo(1 / (1 + Math.exp(-1)), 6);
    });

    it('gives labels that do not exclude each other a score each', async () => {
      const { data } = await post<Classes>('/v1/classify', { model: 'tags', input: 'a' });
      expect(data[0]).toMatchObject({ label: 'LABEL_1', probs: [0.5, expect.closeTo(sigmoid(2), 6)] });
      const raw = await post<Classes>('/v1/classify', { model: 'tags', input: 'a', use_activation: false });
      expect(raw.data[0].probs).toEqual([0, 2]);
    });

    it('refuses a model that cannot', async () => {
      expect((await refusal('/v1/classify', { model: 'minilm', input: 'a' })).message).toMatch(/makes embeddings/);
    });
  });
});
