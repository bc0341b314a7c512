import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadedEncoder, loadEncoder, loadTokenizer } from '@frontier/engine';
import { afterEach, describe, expect, it } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../models/sentences');

interface Golden {
  cases: { text: string; tokens: number[]; vector: number[] }[];
  passages: string[];
  queries: { query: string; nearest: number }[];
}
const golden = JSON.parse(readFileSync(join(FOLDER, 'golden.json'), 'utf8')) as Golden;

const tokenizer = loadTokenizer(FOLDER);

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
}

describe('the bundled encoder agrees with sentence-transformers', () => {
  let model: LoadedEncoder | undefined;
  afterEach(async () => {
    await model?.runner.release();
    model = undefined;
  });

  const vectorsOf = async (texts: string[], precision: 'fp32' | 'int8'): Promise<Float32Array[]> => {
    const { outputs, runner } = (model ??= await loadEncoder({ path: FOLDER, maxBatchSize: 16, precision }));
    const rows = await runner.encode(texts.map((text) => ({ tokens: Int32Array.from(tokenizer.encode(text, true)) })));
    return rows.map((row) => Float32Array.from(outputs.of(row, 'vector')!));
  };

  it.each(golden.cases)('on the tokens of "$text"', ({ text, tokens }) => {
    expect([...tokenizer.encode(text, true)]).toEqual(tokens);
  });

  it('on vectors in fp32, and on the nearest passage of a query', async () => {
    const vectors = await vectorsOf(
      golden.cases.map(({ text }) => text),
      'fp32',
    );
    for (const [i, vector] of vectors.entries()) {
      const expected = golden.cases[i].vector;
      expect(vector).toHaveLength(expected.length);
      expect(Math.max(...expected.map((value, element) => Math.abs(value - vector[element])))).toBeLessThan(1e-4);
    }
    const passages = await vectorsOf(golden.passages, 'fp32');
    for (const { query, nearest } of golden.queries) {
      const [vector] = await vectorsOf([query], 'fp32');
      const similar = passages.map((passage) => dot(passage, vector));
      expect(similar.indexOf(Math.max(...similar))).toBe(nearest);
    }
  });

  it('nearly in int8, which is what the server serves it in', async () => {
    const vectors = await vectorsOf(
      golden.cases.map(({ text }) => text),
      'int8',
    );
    for (const [i, vector] of vectors.entries()) expect(dot(vector, golden.cases[i].vector)).toBeGreaterThan(0.99);
  });
});
