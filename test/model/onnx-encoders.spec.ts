import { mkdtempSync, readFileSync, rmSync, writeFileSync, cpSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedEncoder, loadEncoder } from '@frontier/engine';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { EXPORTS, goldenExports } from '../support/golden-exports.ts';

let model: LoadedEncoder | undefined;
afterEach(async () => {
  await model?.runner.release();
  model = undefined;
});

describe.each(goldenExports('encoders').map((golden) => [golden.file, golden] as const))('%s', (_, golden) => {
  const { options, texts, outputs, isExact } = golden;
  const inputs = texts.map((text) => ({ tokens: Int32Array.from(text) }));

  it('gives what the file gives, and the same bits beside any other texts', async () => {
    model = await loadEncoder({ ...options, maxBatchSize: 16 });
    const { runner } = model;
    const alone: Float32Array[] = [];
    for (const [i, input] of inputs.entries()) {
      const [{ values }] = await runner.encode([input]);
      alone.push(values.slice());
      const differences = outputs[i].map((value, at) => Math.abs(value - values[at]));
      expect(values).toHaveLength(outputs[i].length);
      if (isExact) expect(Math.max(...differences)).toBeLessThan(1e-5);
      else expect([i, cosine(values, outputs[i]) > 0.98]).toEqual([i, true]);
    }
    const places = fc.array(fc.nat({ max: inputs.length - 1 }), { minLength: 1, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(places, async (drawn) => {
        // A text is the same object once: results are told apart by it.
        const batch = drawn.map((place) => ({ ...inputs[place] }));
        for (const [i, { values }] of (await runner.encode(batch)).entries()) expect(values).toEqual(alone[drawn[i]]);
      }),
      { numRuns: 20 },
    );
  });
});

describe('an encoder in an ONNX file', () => {
  it('gives a text the bits that it has alone, whatever the file does behind its layers', async () => {
    // Means over the middle axis are added up in another order in other batches.
    model = await loadEncoder({ path: join(EXPORTS, 'pooled'), maxBatchSize: 16, threads: 4 });
    const { runner } = model;
    for (const length of [1, 7, 12, 30, 90, 129, 130]) {
      const inputs = Array.from({ length: 16 }, (_, seed) => ({
        tokens: Int32Array.from({ length }, (_x, i) => 4 + ((seed * 31 + i * i * 7) % 92)),
      }));
      const alone: Float32Array[] = [];
      for (const input of inputs) alone.push((await runner.encode([input]))[0].values.slice());
      for (const size of [2, 3, 4, 7, 16]) {
        const together = await runner.encode(inputs.slice(0, size));
        expect([length, size, together.map(({ values }) => values)]).toEqual([length, size, alone.slice(0, size)]);
      }
    }
  });

  const texts = [[5, 9, 30, 7], [12]].map((tokens) => ({ tokens: Int32Array.from(tokens) }));

  it('pools as modules.json says, or takes the vector that the file pools itself', async () => {
    const vectors: Float32Array[][] = [];
    for (const name of ['bert', 'pooled']) {
      model = await loadEncoder({ path: join(EXPORTS, name), dtype: 'fp32', maxBatchSize: 4 });
      const { runner, outputs } = model;
      expect([outputs.has('vector'), outputs.has('tokens')]).toEqual([true, name === 'bert']);
      const found = await runner.encode(texts);
      vectors.push(found.map((each, i) => outputs.of(each, 'vector', texts[i])!));
      await runner.release();
      model = undefined;
    }
    for (const [i, vector] of vectors[0].entries()) {
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect(cosine(vector, vectors[1][i])).toBeGreaterThan(0.99999);
    }
  });

  it('is known by its head: labels of a text, or one score of a pair', async () => {
    model = await loadEncoder({ path: join(EXPORTS, 'xlm-roberta-rerank'), maxBatchSize: 1 });
    // Positions begin behind that of the padding.
    expect(model).toMatchObject({ facts: { task: 'rerank', labels: ['LABEL_0'] }, maxTokens: 128, typeVocabSize: 0 });
    await model.runner.release();
    model = await loadEncoder({ path: join(EXPORTS, 'distilbert-classify'), dtype: 'q8', maxBatchSize: 1 });
    expect(model).toMatchObject({ facts: { task: 'classify', activation: 'softmax' }, precision: 'int8' });
    expect(model.facts.labels).toHaveLength(3);
  });

  it('is refused where it takes an input that no text gives', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-exports-'));
    try {
      cpSync(join(EXPORTS, 'bert'), folder, { recursive: true });
      const file = join(folder, 'model.onnx');
      const bytes = readFileSync(file).toString('latin1').replaceAll('token_type_ids', 'tokens_type_id');
      writeFileSync(file, bytes, 'latin1');
      await expect(loadEncoder({ path: folder, dtype: 'fp32', maxBatchSize: 1 })).rejects.toThrow(
        /takes the input "tokens_type_id", which is no part of an encoder that is served/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x, (value, i) => value * y[i]).reduce((sum, value) => sum + value, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
