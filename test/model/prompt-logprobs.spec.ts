import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Engine, loadModel, type LoadedModel, type PromptLogprobs } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STORYTELLER } from '../support/server.ts';

const { sampled } = JSON.parse(readFileSync(join(STORYTELLER, 'golden.json'), 'utf8')) as {
  sampled: { ids: number[]; prompt_tokens: number; mean_nll: number };
};

describe('log probabilities of a prompt', () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path: STORYTELLER, maxBatchSize: 4, contextLength: 512, precision: 'fp32' });
  });
  afterAll(() => model.runner.release());

  /** Those of a prompt, while others are answered. */
  async function logprobsOf(prompt: number[], { n = 1, others = 0 } = {}): Promise<readonly PromptLogprobs[]> {
    const engine = new Engine(model);
    for (let i = 0; i < others; i++)
      engine.add({ id: `other ${i}`, prompt, params: { maxNewTokens: 60, ignoreEos: true } });
    engine.add({ id: 'read', prompt, n, params: { maxNewTokens: 1, promptLogprobs: 2 } });
    const read: (readonly PromptLogprobs[])[] = [];
    while (engine.hasWork) {
      for (const { id, promptLogprobs } of (await engine.step())?.outputs ?? []) {
        if (promptLogprobs) expect(id).toBe('read');
        if (promptLogprobs) read.push(promptLogprobs);
      }
    }
    expect(read).toHaveLength(1);
    return read[0];
  }

  it('have the likelihood of the reference, whose text was sampled from the model', async () => {
    const logprobs = await logprobsOf(sampled.ids);
    expect(logprobs.map(({ token }) => token)).toEqual(sampled.ids);
    expect(logprobs[0]).toMatchObject({ logprob: null, top: [] });
    const own = logprobs.slice(sampled.prompt_tokens).map(({ logprob }) => logprob!);
    const mean = own.reduce((sum, value) => sum - value, 0) / own.length;
    expect(Math.abs(mean - sampled.mean_nll)).toBeLessThan(1e-3);
  });

  it('are the same bits whoever else is answered, whatever is in the prefix cache, for each of n', async () => {
    const alone = await logprobsOf(sampled.ids);
    expect(await logprobsOf(sampled.ids, { others: 3 })).toEqual(alone);
    expect(await logprobsOf(sampled.ids, { n: 2 })).toEqual(alone);
  });

  it('list the most likely tokens of each place, best first', async () => {
    for (const { logprob, top } of (await logprobsOf(sampled.ids.slice(0, 60))).slice(1)) {
      expect(top).toHaveLength(2);
      expect(top[0].logprob).toBeGreaterThanOrEqual(top[1].logprob);
      expect(top[0].logprob).toBeGreaterThanOrEqual(logprob!);
    }
  });
});
