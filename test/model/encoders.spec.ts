import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedEncoder, loadEncoder } from '@frontier/engine';
import { afterEach, describe, expect, it } from 'vitest';
import { goldenEncoders, writeGoldenEncoder } from '../support/golden-encoders.ts';

describe.each(goldenEncoders().map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-encoder-'));
  let model: LoadedEncoder | undefined;
  afterEach(async () => {
    await model?.runner.release();
    rmSync(folder, { recursive: true, force: true });
  });

  const compute = async (precision: 'fp32' | 'int8'): Promise<number[][]> => {
    writeGoldenEncoder(folder, golden);
    model = await loadEncoder({ path: folder, maxBatchSize: 8, precision });
    const { outputs, runner } = model;
    const vectors = await runner.encode(golden.inputs);
    return vectors.map((tokens, i) => {
      const values = outputs.of(tokens, golden.output, golden.inputs[i])!;
      return [...values].filter((__, element) => element % golden.stride === 0);
    });
  };

  it('has the outputs of Hugging Face in fp32, all texts in one batch', async () => {
    for (const [i, values] of (await compute('fp32')).entries()) {
      const expected = golden.inputs[i].values;
      expect(values).toHaveLength(expected.length);
      const largest = Math.max(...values.map((value, element) => Math.abs(value - expected[element])));
      expect(largest).toBeLessThan(1e-5);
    }
    const hasModules = golden.modules !== undefined || golden.output === 'logits';
    expect(model!.warnings).toEqual(hasModules ? [] : [expect.stringMatching(/has no modules\.json/)]);
  });

  it('has nearly the same outputs in int8', async () => {
    const scale = Math.max(...golden.inputs.flatMap(({ values }) => values.map(Math.abs)));
    for (const [i, values] of (await compute('int8')).entries()) {
      const differences = values.map((value, element) => Math.abs(value - golden.inputs[i].values[element]) / scale);
      expect(Math.max(...differences)).toBeLessThan(0.15);
    }
  });
});
