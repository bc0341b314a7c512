import { loadModel, type LoadedModel, loadTokenizer } from '@frontier/engine';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { agreementOf, logitError } from './support/agreement.ts';
import { ASSETS, hasAssets } from './support/assets.ts';
import { MAX_LOGIT_ERROR, PRECISIONS } from './support/bounds.ts';
import { continuePrompt, END } from './support/continue.ts';
import { continuationOf, GOLDEN } from './support/golden.ts';
import { LlamaCpp } from './support/llama-cpp.ts';
import type { Continuation, Scored } from './support/llama-cpp-model.ts';
import { addRow } from './support/row.ts';

const NEW_TOKENS = 48;
/** llama.cpp's own difference from transformers: it rounds activations to 8 bits and keys and values to 16. */
const LLAMA_CPP_ERROR = 0.5;

/** The most likely next tokens and the continuation of each prompt of the golden. */
type Reference = { top: Scored[]; continuation: Continuation }[];

let llama: LlamaCpp;
let ofLlamaCpp: Reference;

beforeAll(async () => {
  if (!hasAssets) return;
  llama = new LlamaCpp();
  const tokenizer = loadTokenizer(ASSETS.gguf);
  ofLlamaCpp = [];
  for (const { text } of GOLDEN.cases) {
    const ids = [...tokenizer.encode(text)];
    const top = await llama.call('top', ids);
    ofLlamaCpp.push({ top, continuation: await llama.call('greedy', ids, NEW_TOKENS, END) });
  }
}, 120_000);
afterAll(() => llama?.close());

describe.skipIf(!hasAssets).each(PRECISIONS)('a GGUF file in %s', (precision) => {
  let model: LoadedModel;
  let ours: { logits: Float32Array; tokens: number[] }[];
  beforeAll(async () => {
    const options = { path: ASSETS.gguf, maxBatchSize: 16, contextLength: 512 };
    model = await loadModel({ ...options, precision, prefillPrecision: precision });
    const tokenizer = loadTokenizer(ASSETS.gguf);
    ours = [];
    for (const { text } of GOLDEN.cases)
      ours.push(await continuePrompt(model.runner, [...tokenizer.encode(text)], NEW_TOKENS));
  });
  afterAll(() => model?.runner.release());

  /** Asserts that logits differ by less than a bound, and tokens only at near ties: by twice what the five best logits differ by. */
  function compare(context: TestContext, name: string, reference: Reference, maxError: number): void {
    const errorOf = (count: number): number =>
      Math.max(...ours.map(({ logits }, i) => logitError(logits, reference[i].top.slice(0, count))));
    const [error, bestError] = [errorOf(50), errorOf(5)];
    const agreements = ours.map(({ tokens }, i) => agreementOf(tokens, reference[i].continuation));
    const partings = agreements.flatMap(({ gap }) => gap ?? []);
    const largest = Math.max(0, ...partings);
    const [same, of] = (['same', 'of'] as const).map((field) => agreements.reduce((sum, each) => sum + each[field], 0));
    addRow(context, {
      point: `last logits, ${precision}`,
      ours: `off by ${error.toFixed(4)}, the five best by ${bestError.toFixed(4)}`,
      reference: name,
      bound: `${maxError}`,
    });
    addRow(context, {
      point: `greedy tokens, ${precision}`,
      ours: `${same} of ${of}; ${partings.length} of ${ours.length} texts part, at gaps up to ${largest.toFixed(3)}`,
      reference: name,
      bound: `gaps below ${(2 * bestError).toFixed(3)}`,
    });
    expect(error).toBeLessThan(maxError);
    expect(largest).toBeLessThan(2 * bestError);
  }

  it('continues prompts as transformers does, up to near ties', (context) => {
    const reference = GOLDEN.cases.map((golden) => ({ top: golden.top, continuation: continuationOf(golden) }));
    compare(context, 'transformers', reference, MAX_LOGIT_ERROR[precision]);
  });

  it('continues prompts as llama.cpp does, up to near ties', (context) => {
    compare(context, 'llama.cpp', ofLlamaCpp, MAX_LOGIT_ERROR[precision] + LLAMA_CPP_ERROR);
  });
});
