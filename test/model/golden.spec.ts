import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadModel, type LoadedModel, loadTokenizer, type ForwardOutput } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { negativeLogLikelihood } from '../support/likelihood.ts';

const MODELS = join(import.meta.dirname, '../../models');

interface Golden {
  cases: { prompt: string; prompt_ids: number[]; last_logits: number[]; greedy: number[] }[];
  sampled: { ids: number[]; prompt_tokens: number; mean_nll: number };
}
/** Fields of a pool of the cache that the test reads and poisons. */
interface Pool {
  values: Float32Array[];
}

function indexOfMaximum(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

describe.each(['storyteller', 'storyteller-large'])('%s agrees with its float32 reference', (name) => {
  const path = join(MODELS, name);
  const golden = JSON.parse(readFileSync(join(path, 'golden.json'), 'utf8')) as Golden;
  const tokenizer = loadTokenizer(path);
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path, maxBatchSize: 16 });
  });
  afterAll(() => model.runner.release());

  it.each(golden.cases)('on "$prompt": token ids, last logits and greedy tokens', async (expected) => {
    const { runner } = model;
    // Conversations bring their special tokens.
    const ids = tokenizer.encode(expected.prompt, !expected.prompt.startsWith('<|endoftext|>'));
    expect([...ids]).toEqual(expected.prompt_ids);
    let next: ForwardOutput = await runner.prefill(0, ids, ids.length);
    const difference = next.logits!.reduce(
      (max, logit, i) => Math.max(max, Math.abs(logit - expected.last_logits[i])),
      0,
    );
    expect(difference).toBeLessThan(1e-3);
    const tokens: number[] = [];
    while (tokens.length < expected.greedy.length) {
      expect(next.argmax).toBe(indexOfMaximum(next.logits!));
      tokens.push(next.argmax!);
      [next] = await decode(runner, [0], [tokens.at(-1)!]);
    }
    expect(tokens).toEqual(expected.greedy);
    runner.free(0);
  });

  it('on all prompts at once, one of them prefilled in pieces', async () => {
    const { runner } = model;
    const rows: ForwardOutput[] = [];
    for (const [slot, { prompt_ids: ids }] of golden.cases.entries()) {
      const cut = slot === 0 ? 2 : 0;
      if (cut > 0) await runner.prefill(slot, Int32Array.from(ids.slice(0, cut)), ids.length);
      rows.push(await runner.prefill(slot, Int32Array.from(ids.slice(cut)), ids.length));
    }
    const tokens = rows.map(({ argmax }) => [argmax!]);
    while (tokens[0].length < golden.cases[0].greedy.length) {
      const last = tokens.map((list) => list.at(-1)!);
      const next = await decode(runner, [...tokens.keys()], last);
      tokens.forEach((list, slot) => list.push(next[slot].argmax!));
    }
    const ends = golden.cases.map(({ greedy }) => greedy.length);
    expect(tokens.map((list, i) => list.slice(0, ends[i]))).toEqual(golden.cases.map(({ greedy }) => greedy));
    for (const slot of golden.cases.keys()) runner.free(slot);
  });

  it('on the likelihood of a sampled text', async () => {
    const { ids, prompt_tokens, mean_nll } = golden.sampled;
    let next: ForwardOutput = await model.runner.prefill(
      0,
      Int32Array.from(ids.slice(0, prompt_tokens)),
      prompt_tokens,
    );
    let sum = 0;
    for (const token of ids.slice(prompt_tokens)) {
      sum += negativeLogLikelihood(next.logits!, token);
      [next] = await decode(model.runner, [0], [token]);
    }
    expect(Math.abs(sum / (ids.length - prompt_tokens) - mean_nll)).toBeLessThan(1e-3);
    model.runner.free(0);
  });

  it('on everybody else beside a sequence whose cache holds what is no number, during its life and after', async () => {
    const { runner } = model;
    const ids = Int32Array.from(golden.cases[0].prompt_ids);
    for (const slot of [0, 1, 2]) await runner.prefill(slot, ids, ids.length);
    const [token, secondToken] = golden.cases[0].greedy;
    const [alone] = await decode(runner, [0], [token]);
    await runner.relocate(runner.plan([1, 2]));
    const cache = Reflect.get(runner, 'cache') as { group(slots: number[]): { pool: Pool; slots: number[] } };
    const { pool, slots } = cache.group([1, 2]);
    pool.values[0].fill(NaN, 0, 32);
    const [poisoned, healthy] = slots;
    const next = await decode(runner, [poisoned, healthy], [token, token]);
    expect(next[0].argmax).toBeUndefined();
    expect(next[1]).toEqual(alone);
    runner.free(poisoned);
    await runner.prefill(5, ids, ids.length);
    const after = await decode(runner, [healthy, 5], [secondToken, token]);
    expect(after[1]).toEqual(alone);
    for (const slot of [0, healthy, 5]) runner.free(slot);
  });
});
