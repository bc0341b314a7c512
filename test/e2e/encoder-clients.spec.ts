import { InferenceClient } from '@huggingface/inference';
import { CohereClient, CohereError } from 'cohere-ai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { TOKEN, type TestServer } from '../support/server.ts';

/** Ten numbers that tell texts apart, some of them negative. */
const vectorOf = (text: string): number[] =>
  Array.from({ length: 10 }, (_, i) => ((text || '?').charCodeAt(i % (text.length || 1)) - 105) / (i + 1));
const vector32 = (text: string): number[] => [...Float32Array.from(vectorOf(text))];
const unit = (vector: number[]): number[] => vector.map((value) => value / Math.hypot(...vector));
const closeTo = (vector: number[]): number[] => vector.map((value) => expect.closeTo(value, 5) as unknown as number);
const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));

describe('published clients of encoders', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer({
      minilm: {
        encodes: (text) => vectorOf(text as string),
        info: { outputSize: 10, maxTokens: 3, prompts: { query: 'query: ' } },
      },
      nested: { encodes: (text) => vectorOf(text as string), info: { outputSize: 10, matryoshka: [2] } },
      judge: {
        encodes: ([query, text]) => [query === text ? 3 : -1],
        info: { task: 'rerank', outputSize: 1 },
      },
      moods: {
        encodes: () => [0, 1],
        info: { task: 'classify', outputSize: 2, labels: ['sad', 'glad'] },
      },
    });
  });
  afterAll(() => server.close());

  describe('@huggingface/inference', () => {
    const client = new InferenceClient(TOKEN);
    const at = (path: string): { endpointUrl: string } => ({ endpointUrl: `${server.url}${path}` });

    it('extracts features', async () => {
      expect(await client.featureExtraction({ ...at('/embed'), inputs: ['one', 'two'] })).toEqual([
        closeTo(unit(vectorOf('one'))),
        closeTo(unit(vectorOf('two'))),
      ]);
      const raw = { ...at('/models/minilm/embed'), inputs: 'one', normalize: false, prompt_name: 'query' };
      expect(await client.featureExtraction(raw)).toEqual([vector32('query: one')]);
    });

    it('compares sentences', async () => {
      const inputs = { source_sentence: 'one', sentences: ['one', 'two'] };
      const [same, other] = await client.sentenceSimilarity({ ...at('/similarity'), inputs });
      expect(same).toBeCloseTo(1, 6);
      expect(other).toBeLessThan(0.999);
    });

    it('classifies a list of one text', async () => {
      const inputs = [['so']] as unknown as string;
      expect(await client.textClassification({ ...at('/predict'), inputs })).toEqual([
        { label: 'glad', score: expect.closeTo(sigmoid(1), 6) },
        { label: 'sad', score: expect.closeTo(sigmoid(-1), 6) },
      ]);
    });

    it('has the reason of a refusal', async () => {
      const refused = client.featureExtraction({ ...at('/embed'), inputs: '' });
      await expect(refused).rejects.toThrow(/must not be empty/);
    });
  });

  describe('cohere-ai', () => {
    const client = (): CohereClient => new CohereClient({ token: TOKEN, environment: server.url, maxRetries: 0 });

    it('ranks documents with both versions', async () => {
      const asked = { query: 'a', documents: ['b', 'a'], topN: 1 };
      const first = await client().rerank({ ...asked, returnDocuments: true });
      expect(first.results).toEqual([
        { index: 1, relevanceScore: expect.closeTo(sigmoid(3), 6), document: { text: 'a' } },
      ]);
      const second = await client().v2.rerank({ ...asked, model: 'judge', maxTokensPerDoc: 100 });
      expect(second.results).toEqual([{ index: 1, relevanceScore: expect.closeTo(sigmoid(3), 6) }]);
    });

    it('makes embeddings in every form that there is', async () => {
      const { embeddings, texts, meta, responseType } = await client().v2.embed({
        model: 'nested',
        texts: ['one', 'two'],
        inputType: 'search_document',
        embeddingTypes: ['float', 'base64', 'binary', 'ubinary'],
      });
      expect([responseType, texts, meta?.billedUnits?.inputTokens]).toEqual(['embeddings_by_type', ['one', 'two'], 2]);
      expect(embeddings.float).toEqual([vector32('one'), vector32('two')]);
      const bytes = Buffer.from(embeddings.base64![1], 'base64');
      expect([...new Float32Array(Uint8Array.from(bytes).buffer)]).toEqual(vector32('two'));
      const bits = vectorOf('one').map((value) => (value > 0 ? '1' : '0'));
      const packed = [bits.slice(0, 8), bits.slice(8)].map((part) => parseInt(part.join('').padEnd(8, '0'), 2));
      expect(embeddings.ubinary![0]).toEqual(packed);
      expect(embeddings.binary![0]).toEqual(packed.map((byte) => byte - 128));
    });

    it('chooses a prompt by the use, and cuts as it is asked to', async () => {
      const embed = async (fields: object): Promise<number[]> => {
        const asked = { model: 'minilm', inputType: 'clustering' as const, texts: ['a b c d'], ...fields };
        return (await client().v2.embed(asked)).embeddings.float![0];
      };
      expect(await embed({ texts: ['cats'], inputType: 'search_query' })).toEqual(vector32('query: cats'));
      expect(await embed({ texts: ['cats'], inputType: 'search_document' })).toEqual(vector32('cats'));
      expect(await embed({})).toEqual(vector32('a b c'));
      expect(await embed({ maxTokens: 2 })).toEqual(vector32('a b'));
      expect(await embed({ truncate: 'START' })).toEqual(vector32(' b c d'));
      const cut = await embed({ model: 'nested', outputDimension: 2 });
      expect(cut).toEqual(closeTo(unit(vectorOf('a b c d').slice(0, 2))));
    });

    it.each<[string, object, RegExp]>([
      ['a text that is too long', { truncate: 'NONE' }, /4 tokens.*at most 3/],
      ['images', { texts: undefined, images: ['data:image/png;base64,AAAA'] }, /images is not supported/],
      ['a form that depends on other vectors', { embeddingTypes: ['int8'] }, /float, base64, binary, ubinary/],
      ['no texts', { texts: [] }, /texts must not be empty/],
      ['a model that ranks', { model: 'judge' }, /reranks documents/],
    ])('has the reason why %s is refused', async (_, fields, message) => {
      const asked = { model: 'minilm', inputType: 'clustering' as const, texts: ['a b c d'], ...fields };
      const error = await client()
        .v2.embed(asked)
        .catch((refusal: unknown) => refusal);
      expect(error).toBeInstanceOf(CohereError);
      expect((error as CohereError).statusCode).toBe(400);
      expect(JSON.stringify((error as CohereError).body)).toMatch(message);
    });
  });

  describe("LangChain's embeddings for Python", () => {
    /** As `OpenAIEmbeddings.embed_documents` sends it: ids of `cl100k_base`, each text a list. */
    const body = { input: [[9906, 1917], [15339]], model: 'minilm', encoding_format: 'base64' };

    it('are answered for the ids that they send', async () => {
      const response = await server.post('/v1/embeddings', body);
      expect(response.status).toBe(200);
      const { data, usage } = (await response.json()) as {
        data: { index: number; embedding: string }[];
        usage: object;
      };
      expect(data.map(({ index, embedding }) => [index, Buffer.from(embedding, 'base64').length])).toEqual([
        [0, 40],
        [1, 40],
      ]);
      expect(usage).toEqual({ prompt_tokens: 3, total_tokens: 3 });
    });
  });
});
