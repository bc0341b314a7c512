import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchingService } from '@frontier/batching';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GoldenEncoder, goldenEncoders, writeGoldenEncoder } from '../support/golden-encoders.ts';
import { startServer, type TestServer, waitFor } from '../support/server.ts';

const FOLDER = mkdtempSync(join(tmpdir(), 'frontier-embedding-decoders-'));
const named = (name: string): GoldenEncoder => goldenEncoders().find((golden) => golden.name === name)!;
const embedder = named('Qwen3: last token and Normalize');
const classifier = named('Qwen3: three labels, padding');

/** A `TemplateProcessing` that ends a text with the token 0, as the tokenizer of Qwen3-Embedding does. */
const ENDED = {
  type: 'TemplateProcessing',
  single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '<|end|>', type_id: 0 } }],
  pair: [],
  special_tokens: { '<|end|>': { id: '<|end|>', ids: [0], tokens: ['<|end|>'] } },
};

const write = (name: string, value: unknown): void => writeFileSync(join(FOLDER, name), JSON.stringify(value));

describe('a decoder that embeds', () => {
  let server: TestServer;
  beforeAll(async () => {
    writeGoldenEncoder(join(FOLDER, 'embed'), {
      ...embedder,
      config: { ...embedder.config, matryoshka_dimensions: [16] },
    });
    const tokenizer = JSON.parse(readFileSync(join(FOLDER, 'embed/tokenizer.json'), 'utf8')) as object;
    write('embed/tokenizer.json', { ...tokenizer, post_processor: ENDED });
    write('embed/config_sentence_transformers.json', { prompts: { query: 'Query:', document: '' } });
    writeGoldenEncoder(join(FOLDER, 'moods'), classifier);
    const models = ['embed', 'moods'].map((name) => `{ name: ${name}, path: ${join(FOLDER, name)} }`);
    server = await startServer({ yaml: `models: [${models.join(', ')}]`, ready: false });
    const engines = ['embed', 'moods'].map((name) => server.app.get(BatchingService).engine(name));
    await waitFor(() => engines.every(({ state }) => state.phase === 'ready'));
  });
  afterAll(async () => {
    await server.close();
    rmSync(FOLDER, { recursive: true });
  });

  const embed = async (input: unknown, fields: object = {}) => {
    const response = await server.post('/v1/embeddings', { model: 'embed', input, ...fields });
    expect(response.status).toBe(200);
    return (await response.json()) as { data: { embedding: number[] }[]; usage: { prompt_tokens: number } };
  };

  it('has the vectors of Hugging Face, at /v1/embeddings', async () => {
    const { data } = await embed(embedder.inputs.map(({ tokens }) => [...tokens]));
    for (const [i, { values }] of embedder.inputs.entries()) {
      for (const [at, value] of values.entries()) expect(data[i].embedding[at * embedder.stride]).toBeCloseTo(value, 5);
    }
  });

  it('ends a text as its tokenizer says, and puts a prompt before it by name', async () => {
    const ended = [...Buffer.from('Query:a')].map((byte) => byte + 1).concat(0);
    const { data, usage } = await embed('a', { prompt_name: 'query' });
    expect(usage.prompt_tokens).toBe(ended.length);
    expect(data).toEqual((await embed([ended])).data);
    expect((await embed('a')).usage.prompt_tokens).toBe(2);
  });

  it('cuts vectors to a size that the configuration names', async () => {
    const [{ embedding: whole }] = (await embed('a')).data;
    const [{ embedding: cut }] = (await embed('a', { dimensions: 16 })).data;
    const length = Math.hypot(...whole.slice(0, 16));
    expect(cut).toHaveLength(16);
    for (const [i, value] of cut.entries()) expect(value).toBeCloseTo(whole[i] / length, 6);
  });

  it('does not generate, and says what it can', async () => {
    const response = await server.post('/v1/completions', { model: 'embed', prompt: 'a' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('task_unsupported');
  });

  it('classifies with a head on the last token', async () => {
    const response = await server.post('/v1/classify', { model: 'moods', input: 'good' });
    expect(response.status).toBe(200);
    const { data } = (await response.json()) as { data: { label: string; probs: number[] }[] };
    expect(['a', 'b', 'c']).toContain(data[0].label);
    expect(data[0].probs.reduce((sum, share) => sum + share)).toBeCloseTo(1, 5);
  });
});
