/**
 * Exports of real models beside the same weights in safetensors. They are made by hand (exports.py), since the exporter takes PyTorch along;
 * without them these tests are skipped, and `npm run bench:exports` is what measures their speed.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  DEFAULT_SAMPLING_PARAMS,
  type Dtype,
  Engine,
  loadEncoder,
  loadModel,
  type LoadedModel,
  loadTokenizer,
} from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { ASSETS } from './support/assets.ts';
import { encodeRequests } from './support/encode-requests.ts';
import { encoderCases, tokensOf } from './support/encoder-golden.ts';
import { INPUTS, PERPLEXITY_TEXT } from './support/golden.ts';
import { perplexity, WINDOWS, windowsOf } from './support/perplexity.ts';
import { addRow } from './support/row.ts';

const { exports: EXPORTS } = ASSETS;
const SAFETENSORS = join(EXPORTS, 'smollm2-safetensors');
const EXPORTED = join(EXPORTS, 'smollm2');
const NEW_TOKENS = 48;
const STREAMS = 16;
const BATCH = 32;

/** Bounds of a variant's perplexity, as a ratio to float32. */
const MAX_PERPLEXITY: Partial<Record<Dtype, number>> = { fp32: 1.0005, fp16: 1.002, q8: 1.08, q4: 1.2 };

describe.skipIf(!existsSync(EXPORTED))('SmolLM2 as ONNX', () => {
  // Not before the hook: the body of a suite that is skipped runs too.
  let prompts: number[][];
  let windows: number[][];
  let own: LoadedModel;
  let exported: LoadedModel;
  let ofOwn: number;
  beforeAll(async () => {
    const tokenizer = loadTokenizer(SAFETENSORS);
    prompts = INPUTS.texts.slice(0, STREAMS).map((text) => [...tokenizer.encode(text)]);
    windows = windowsOf(tokenizer.encode(PERPLEXITY_TEXT));
    const options = { maxBatchSize: STREAMS, contextLength: 512 };
    own = await loadModel({ path: SAFETENSORS, ...options, precision: 'fp32' });
    exported = await loadModel({ path: EXPORTED, dtype: 'fp32', ...options });
    ofOwn = await perplexity(own.runner, windows);
  }, 120_000);
  afterAll(async () => {
    await own?.runner.release();
    await exported?.runner.release();
  });

  /** Greedy texts of prompts that run together. */
  async function texts(model: LoadedModel, some: readonly number[][]): Promise<string[]> {
    const engine = new Engine(model, {});
    const params = { ...DEFAULT_SAMPLING_PARAMS, temperature: 0, maxNewTokens: NEW_TOKENS, ignoreEos: true };
    for (const [i, prompt] of some.entries()) engine.add({ id: String(i), prompt, params });
    const found = some.map(() => '');
    while (engine.hasWork) for (const { id, text } of (await engine.step())?.outputs ?? []) found[Number(id)] += text;
    return found;
  }

  it('has the greedy tokens of the same weights in safetensors, up to a near tie, alone and in 16 streams', async (context) => {
    let alike = 0;
    let largest = 0;
    for (const [slot, prompt] of prompts.entries()) {
      const [a, b] = [own, exported].map(({ runner }) => runner.prefill(slot, Int32Array.from(prompt), prompt.length));
      let [ours, theirs] = [(await a).logits.slice(), (await b).logits.slice()];
      let step = 0;
      for (; step < NEW_TOKENS; step++) {
        const difference = Math.max(...ours.map((value, i) => Math.abs(value - theirs[i])));
        largest = Math.max(largest, difference);
        const [first, second] = [...ours].sort((x, y) => y - x);
        const token = ours.indexOf(first);
        if (theirs.indexOf(Math.max(...theirs)) !== token) {
          expect(first - second).toBeLessThan(2 * difference);
          break;
        }
        const next = await Promise.all([own, exported].map(({ runner }) => decode(runner, [slot], [token])));
        [ours, theirs] = next.map(([{ logits }]) => logits!.slice());
      }
      if (step === NEW_TOKENS) alike++;
      for (const { runner } of [own, exported]) runner.free(slot);
    }
    const found = `${alike} of ${prompts.length}, logits within ${largest.toExponential(1)}`;
    addRow(context, {
      point: `${NEW_TOKENS} greedy tokens of the export`,
      ours: found,
      reference: 'safetensors, fp32',
      bound: 'near ties',
    });
    const together = await texts(exported, prompts);
    const alone: string[] = [];
    for (const prompt of prompts) alone.push(...(await texts(exported, [prompt])));
    expect(together).toEqual(alone);
  }, 180_000);

  it.for(Object.entries(MAX_PERPLEXITY) as [Dtype, number][])(
    'has a perplexity in %s near that of float32',
    { timeout: 180_000 },
    async ([dtype, limit], context) => {
      const model =
        dtype === 'fp32'
          ? exported
          : await loadModel({ path: EXPORTED, dtype, maxBatchSize: WINDOWS, contextLength: 256 });
      const found = await perplexity(model.runner, windows);
      if (model !== exported) await model.runner.release();
      addRow(context, {
        point: `perplexity, ONNX ${dtype}`,
        ours: `${found.toFixed(3)} (${((found / ofOwn - 1) * 100).toFixed(2)} %)`,
        reference: `${ofOwn.toFixed(3)}, safetensors, fp32`,
        bound: `${((limit - 1) * 100).toFixed(2)} %`,
      });
      expect(found / ofOwn).toBeLessThan(limit);
    },
  );
});

describe.skipIf(!existsSync(join(EXPORTS, 'minilm')))('all-MiniLM-L6-v2 as ONNX', () => {
  it.for([
    ['fp32', 0.99999],
    ['q8', 0.97],
  ] as const)(
    'gives the vectors of sentence-transformers in %s',
    { timeout: 120_000 },
    async ([dtype, least], context) => {
      const path = join(EXPORTS, 'minilm');
      const tokenizer = loadTokenizer(path);
      const cases = encoderCases();
      const model = await loadEncoder({ path, dtype, maxBatchSize: BATCH });
      const [vectors] = await encodeRequests(
        model,
        [cases.map((each) => ({ tokens: tokensOf(tokenizer, each) }))],
        BATCH,
      );
      const cosines = cases.map(({ vector }, i) => cosine(vector, vectors[i])).toSorted((a, b) => a - b);
      addRow(context, {
        point: `cosine, all-MiniLM-L6-v2 as ONNX ${dtype}`,
        ours: `${cosines[0].toFixed(5)}, median ${cosines[cosines.length >> 1].toFixed(5)}`,
        reference: 'sentence-transformers',
        bound: String(least),
      });
      await model.runner.release();
      expect(cosines[0]).toBeGreaterThan(least);
    },
  );
});

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
