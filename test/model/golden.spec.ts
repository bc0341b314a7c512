import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, type LoadedModel, type NextToken } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { negativeLogLikelihood } from '../support/likelihood.ts';

const FOLDER = join(import.meta.dirname, '../../models/storyteller');

interface Golden {
  cases: { prompt: string; prompt_ids: number[]; last_logits: number[]; greedy: number[] }[];
  sampled: { ids: number[]; prompt_tokens: number; mean_nll: number };
}
const golden = JSON.parse(readFileSync(join(FOLDER, 'golden.json'), 'utf8')) as Golden;

/** What the test reads and poisons of a pool of the cache. */
interface Pool {
  values: Float32Array[];
}

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
    let next: NextToken = await runner.prefill(0, ids, ids.length);
    const difference = next.logits!.reduce(
      (max, logit, i) => Math.max(max, Math.abs(logit - expected.last_logits[i])),
      0,
    );
    expect(difference).toBeLessThan(1e-3);
    const tokens: number[] = [];
    while (tokens.length < expected.greedy.length) {
      expect(next.likeliest).toBe(argmax(next.logits!));
      tokens.push(next.likeliest!);
      [next] = await runner.decode([0], Int32Array.of(tokens.at(-1)!), true);
    }
    expect(tokens).toEqual(expected.greedy);
    runner.free(0);
  });

  it('on all prompts at once, one of them prefilled in pieces', async () => {
    const { runner } = model;
    const rows: NextToken[] = [];
    for (const [slot, { prompt_ids: ids }] of golden.cases.entries()) {
      const cut = slot === 0 ? 2 : 0;
      if (cut > 0) await runner.prefill(slot, Int32Array.from(ids.slice(0, cut)), ids.length);
      rows.push(await runner.prefill(slot, Int32Array.from(ids.slice(cut)), ids.length));
    }
    const tokens = rows.map(({ likeliest }) => [likeliest!]);
    while (tokens[0].length < golden.cases[0].greedy.length) {
      const last = Int32Array.from(tokens, (list) => list.at(-1)!);
      const next = await runner.decode([...tokens.keys()], last, false);
      tokens.forEach((list, slot) => list.push(next[slot].likeliest!));
    }
    expect(tokens).toEqual(golden.cases.map(({ greedy }) => greedy));
    for (const slot of golden.cases.keys()) runner.free(slot);
  });

  it('on the likelihood of a sampled text', async () => {
    const { ids, prompt_tokens, mean_nll } = golden.sampled;
    let next: NextToken = await model.runner.prefill(0, Int32Array.from(ids.slice(0, prompt_tokens)), prompt_tokens);
    let sum = 0;
    for (const token of ids.slice(prompt_tokens)) {
      sum += negativeLogLikelihood(next.logits!, token);
      [next] = await model.runner.decode([0], Int32Array.of(token), true);
    }
    expect(Math.abs(sum / (ids.length - prompt_tokens) - mean_nll)).toBeLessThan(1e-3);
    model.runner.free(0);
  });

  it('on everybody else beside a sequence whose cache holds what is no number, during its life and after', async () => {
    const { runner } = model;
    const ids = Int32Array.from(golden.cases[0].prompt_ids);
    for (const slot of [0, 1, 2]) await runner.prefill(slot, ids, ids.length);
    const token = Int32Array.of(golden.cases[0].greedy[0]);
    const [alone] = await runner.decode([0], token, true);
    const [pool] = (Reflect.get(runner, 'cache') as { arrange(slots: number[]): Map<Pool, number[]> }).arrange([1, 2]);
    const [values] = pool[0].values;
    values.fill(NaN, 0, 32);
    const poisoned = pool[1][0];
    const healthy = pool[1][1];
    const next = await runner.decode([poisoned, healthy], Int32Array.of(token[0], token[0]), true);
    expect(next[0].likeliest).toBeUndefined();
    expect(next[1]).toEqual(alone);
    runner.free(poisoned);
    await runner.prefill(5, ids, ids.length);
    const after = await runner.decode([healthy, 5], Int32Array.of(golden.cases[0].greedy[1], token[0]), true);
    expect(after[1]).toEqual(alone);
    for (const slot of [0, healthy, 5]) runner.free(slot);
  });
});
