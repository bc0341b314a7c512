import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEngine } from '../support/engine-load.ts';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';

/** What a model may take more while it is loaded than afterwards. */
const MAX_EXCESS_MB = 100;

describe('memory while a model is loaded', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-loading-'));
    writeRandomModel(join(folder, 'deep'), SHAPE_135M);
    // Most of it is the embedding, 400 MB in float32.
    writeRandomModel(join(folder, 'wide'), {
      ...SHAPE_135M,
      num_hidden_layers: 4,
      hidden_size: 384,
      vocab_size: 262_144,
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ['deep', 'fp32'],
    ['deep', 'int8'],
    ['deep', 'int4'],
    ['wide', 'int8'],
  ])('is little more than what a %s model keeps in %s, built or cached', async (model, precision) => {
    const graphCache = join(folder, `graphs-${model}-${precision}`);
    for (let start = 0; start < 2; start++) {
      const { peakMb, keptMb } = await loadEngine({
        path: join(folder, model),
        precision,
        maxBatchSize: 8,
        graphCache,
      });
      expect(peakMb - keptMb).toBeLessThan(MAX_EXCESS_MB);
    }
  });
});
