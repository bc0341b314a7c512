import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, type LoadedModel } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { negativeLogLikelihood } from '../support/likelihood.ts';

const FOLDER = join(import.meta.dirname, '../../models/storyteller');

interface Golden {
  cases: { prompt: string; prompt_ids: number[]; last_logits: number[]; greedy: number[] }[];
  sampled: { ids: number[]; prompt_tokens: number; mean_nll: number };
}
const golden = JSON.parse(readFileSync(join(FOLDER, 'golden.json'), 'utf8')) as Golden;

function argmax(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

describe('the bundled model agrees with its float32 reference', () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path: FOLDER, maxBatchSize: 8 });
  });
  afterAll(() => model.runner.release());

  it.each(golden.cases)('on "$prompt": token ids, last logits and greedy tokens', async (expected) => {
    const { runner, tokenizer } = model;
    const ids = tokenizer.encode(expected.prompt);
    expect([...ids]).toEqual(expected.prompt_ids);
    let logits = await runner.prefill(0, ids);
    const difference = logits.reduce((max, logit, i) => Math.max(max, Math.abs(logit - expected.last_logits[i])), 0);
    expect(difference).toBeLessThan(1e-3);
    const tokens: number[] = [];
    while (tokens.length < expected.greedy.length) {
      tokens.push(argmax(logits));
      logits = await runner.decode(Int32Array.of(tokens.at(-1)!));
    }
    expect(tokens).toEqual(expected.greedy);
    runner.free(0);
  });

  it('on all prompts at once, one of them prefilled in pieces', async () => {
    const { runner } = model;
    const rows: Float32Array[] = [];
    for (const [slot, { prompt_ids: ids }] of golden.cases.entries()) {
      const cut = slot === 0 ? 2 : 0;
      if (cut > 0) await runner.prefill(slot, Int32Array.from(ids.slice(0, cut)));
      rows.push(await runner.prefill(slot, Int32Array.from(ids.slice(cut))));
    }
    const tokens = rows.map((logits) => [argmax(logits)]);
    while (tokens[0].length < golden.cases[0].greedy.length) {
      const logits = await runner.decode(Int32Array.from(tokens, (list) => list.at(-1)!));
      tokens.forEach((list, slot) => {
        list.push(argmax(logits.subarray(slot * runner.vocabSize, (slot + 1) * runner.vocabSize)));
      });
    }
    expect(tokens).toEqual(golden.cases.map(({ greedy }) => greedy));
    for (const slot of golden.cases.keys()) runner.free(slot);
  });

  it('on the likelihood of a sampled text', async () => {
    const { ids, prompt_tokens, mean_nll } = golden.sampled;
    let logits = await model.runner.prefill(0, Int32Array.from(ids.slice(0, prompt_tokens)));
    let sum = 0;
    for (const token of ids.slice(prompt_tokens)) {
      sum += negativeLogLikelihood(logits, token);
      logits = await model.runner.decode(Int32Array.of(token));
    }
    expect(Math.abs(sum / (ids.length - prompt_tokens) - mean_nll)).toBeLessThan(1e-3);
  });
});
