import { Engine, loadModel, type LoadedModel, loadTokenizer, type SamplingParams } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ASSETS, hasAssets } from './support/assets.ts';
import { PRECISIONS } from './support/bounds.ts';
import { GOLDEN } from './support/golden.ts';
import { addRow } from './support/row.ts';

const STREAMS = 16;
const MAX_NEW_TOKENS = 32;

describe.skipIf(!hasAssets).each(PRECISIONS)('streams of a GGUF file in %s', (precision) => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadModel({ path: ASSETS.gguf, maxBatchSize: STREAMS, contextLength: 512, precision });
  });
  afterAll(() => model?.runner.release());

  /** Texts and log probabilities of requests that run together. */
  async function run(requests: readonly { prompt: Int32Array; params: Partial<SamplingParams> }[]): Promise<string[]> {
    const engine = new Engine(model);
    const results = requests.map(() => '');
    for (const [i, request] of requests.entries()) engine.add({ id: `${i}`, ...request });
    while (engine.hasWork) {
      for (const { id, text, logprobs } of (await engine.step())?.outputs ?? [])
        results[Number(id)] += text + JSON.stringify(logprobs);
    }
    return results;
  }

  it('are bit for bit what they are alone, greedy and seeded', async (context) => {
    const tokenizer = loadTokenizer(ASSETS.gguf);
    const requests = GOLDEN.chats.slice(0, STREAMS).map((chat, i) => ({
      prompt: tokenizer.encode(chat),
      params: { maxNewTokens: MAX_NEW_TOKENS, temperature: i % 2, seed: i, topLogprobs: 5 },
    }));
    const together = await run(requests);
    const alone: string[] = [];
    for (const request of requests) alone.push(...(await run([request])));
    const same = together.filter((result, i) => result === alone[i]).length;
    const row = { reference: 'each alone', bound: 'all, bit for bit' };
    addRow(context, { point: `streams together, ${precision}`, ours: `${same} of ${STREAMS}`, ...row });
    expect(together).toEqual(alone);
  });
});
