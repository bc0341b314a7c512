import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPORTS } from '../support/golden-exports.ts';
import { startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const headers = { authorization: `Bearer ${TOKEN}` };

describe('exports as the models of a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    const models = [
      `{ name: llama, path: ${join(EXPORTS, 'llama')}, dtype: q8 }`,
      `{ name: gpt2, path: ${join(EXPORTS, 'gpt2/model.onnx')} }`,
      `{ name: bert, path: ${join(EXPORTS, 'bert')}, dtype: fp32 }`,
      `{ name: judge, path: ${join(EXPORTS, 'xlm-roberta-rerank')} }`,
      `{ name: graph, path: ${join(EXPORTS, 'bert/model.onnx')}, task: tensor }`,
      `{ name: bloom, path: ${join(EXPORTS, 'bloom')} }`,
      `{ name: liar, path: ${join(EXPORTS, 'bert')}, dtype: fp32, task: rerank }`,
    ];
    server = await startServer({ yaml: `models: [${models.join(', ')}]`, ready: false });
    const isReady = async (name: string): Promise<boolean> =>
      ((await (await fetch(`${server.url}/v2/models/${name}/ready`, { headers })).json()) as { ready: boolean }).ready;
    for (const name of ['llama', 'gpt2', 'bert', 'judge', 'graph']) await waitFor(() => isReady(name), 30_000);
  }, 40_000);
  afterAll(() => server.close());

  const post = async (path: string, body: object): Promise<unknown> => (await server.post(path, body)).json();

  it.each(['llama', 'gpt2'])('%s completes, alone and beside others', async (model) => {
    const ask = async (prompt: string): Promise<string> => {
      const answer = await post('/v1/completions', { model, prompt, temperature: 0, max_tokens: 12, ignore_eos: true });
      return (answer as { choices: { text: string }[] }).choices[0].text;
    };
    const prompts = ['abc', 'Hello', 'x', 'sphinx-of-black-quartz'];
    const alone: string[] = [];
    for (const prompt of prompts) alone.push(await ask(prompt));
    expect(await Promise.all(prompts.map(ask))).toEqual(alone);
    expect(new Set(alone).size).toBeGreaterThan(2);
  });

  it('makes embeddings, also as bare tensors, and ranks', async () => {
    const { data } = (await post('/v1/embeddings', { model: 'bert', input: 'abc' })) as {
      data: { embedding: number[] }[];
    };
    expect(data[0].embedding).toHaveLength(32);
    expect(Math.hypot(...data[0].embedding)).toBeCloseTo(1, 5);
    const tokens = ((await post('/tokenize', { model: 'bert', prompt: 'abc' })) as { tokens: number[] }).tokens;
    const ids = (name: string, values: number[]): object => ({
      name,
      datatype: 'INT64',
      shape: [1, values.length],
      data: values,
    });
    const inputs = [
      ids('input_ids', tokens),
      ids(
        'attention_mask',
        tokens.map(() => 1),
      ),
      ids(
        'token_type_ids',
        tokens.map(() => 0),
      ),
    ];
    const { outputs } = (await post('/v2/models/graph/infer', { inputs })) as {
      outputs: { shape: number[]; data: number[] }[];
    };
    expect(outputs[0].shape).toEqual([1, tokens.length, 32]);
    const mean = Array.from({ length: 32 }, (_, i) =>
      tokens.reduce((sum, _id, row) => sum + outputs[0].data[row * 32 + i], 0),
    );
    const length = Math.hypot(...mean);
    expect(mean.map((value) => Math.abs(value / length - data[0].embedding[mean.indexOf(value)]) < 1e-5)).not.toContain(
      false,
    );
    const ranked = (await post('/v1/rerank', { model: 'judge', query: 'abc', documents: ['abd', 'xyz', 'q'] })) as {
      results: object[];
    };
    expect(ranked.results).toHaveLength(3);
  });

  it('names the node of a model that is not served, and the work of one that cannot do its task', async () => {
    const { checks } = (await (await fetch(`${server.url}/health`)).json()) as { checks: Record<string, unknown> };
    expect(checks).toBeDefined();
    const refused = await server.post('/v1/completions', { model: 'bloom', prompt: 'a' });
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('bloom')]);
    const liar = await server.post('/v1/rerank', { model: 'liar', query: 'a', documents: ['b'] });
    expect(liar.status).toBe(503);
  });
});
