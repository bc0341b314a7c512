import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, type ForwardOutput, type Precision } from '@frontier/engine';
import { describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { negativeLogLikelihood } from '../support/likelihood.ts';

const FOLDER = join(import.meta.dirname, '../../models/storyteller');

interface Sampled {
  ids: number[];
  prompt_tokens: number;
}

/** Perplexity of the golden text. */
async function perplexity(precision: Precision): Promise<number> {
  const golden = JSON.parse(readFileSync(join(FOLDER, 'golden.json'), 'utf8')) as { sampled: Sampled };
  const { ids, prompt_tokens } = golden.sampled;
  const { runner } = await loadModel({ path: FOLDER, maxBatchSize: 1, precision });
  let next: ForwardOutput = await runner.prefill(0, Int32Array.from(ids.slice(0, prompt_tokens)), prompt_tokens);
  let sum = 0;
  for (const token of ids.slice(prompt_tokens)) {
    sum += negativeLogLikelihood(next.logits!, token);
    [next] = await decode(runner, [0], [token]);
  }
  await runner.release();
  return Math.exp(sum / (ids.length - prompt_tokens));
}

describe('the perplexity of the golden text', () => {
  it.each([
    ['int8', 1.03],
    ['int4', 1.1],
  ] as const)('in %s is at most %f times that of fp32', async (precision, limit) => {
    const ratio = (await perplexity(precision)) / (await perplexity('fp32'));
    expect(ratio).toBeLessThan(limit);
    // Weights that were not quantised at all would be no loss.
    expect(ratio).not.toBe(1);
  });
});
