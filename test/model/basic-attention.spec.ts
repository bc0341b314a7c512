import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SHAPE_135M, writeRandomModel } from '../support/random-model.ts';
import { openGraph } from '../../libs/engine/dist/load/open-graph.js';
import { planDecoder } from '../../libs/engine/dist/load/plan-decoder.js';
import { HostModelRunner } from '../../libs/engine/dist/runner/host-model-runner.js';
import { HuggingFaceSource } from '../../libs/engine/dist/source/hugging-face-source.js';

const folder = mkdtempSync(join(tmpdir(), 'frontier-basic-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Logits of a prompt in two pieces and of decode passes with a neighbour, by an attention of either kind. */
async function logits(path: string, attention: 'fused' | 'basic'): Promise<number[][]> {
  const source = new HuggingFaceSource(path);
  const config = source.readConfig();
  const options = {
    precision: 'fp32',
    prefillPrecision: 'fp32',
    outputPrecision: 'fp32',
    cache: 'host',
    attention,
    maxWeight: 127,
    isStaged: false,
    isApart: false,
    contextLength: 256,
  } as const;
  const { session: runner } = await openGraph(
    {
      openWeights: () => source.openWeights(),
      plan: (weights) => planDecoder(weights, { config, options }),
      cache: undefined,
    },
    (graph) =>
      HostModelRunner.load(graph, {
        ...config,
        maxBatchSize: 2,
        contextLength: 256,
        attentionCrossoverTokens: 1,
        shortPromptTokens: 0,
        weightBytes: 1e9,
        minRows: 1,
        threads: 1,
        provider: { name: 'cpu' },
      }),
  );
  const tokens = Int32Array.from({ length: 90 }, (_, i) => (i * 37) % 250);
  const all: Float32Array[] = [];
  for (const piece of [tokens.subarray(0, 32), tokens.subarray(32)]) {
    all.push((await runner.prefill(0, piece, tokens.length)).logits.slice());
  }
  all.push((await runner.prefill(1, tokens.subarray(5, 12), 7)).logits.slice());
  for (let step = 0; step < 3; step++) {
    const plan = runner.plan([0, 1]);
    runner.relocate(plan);
    for (const slots of plan.groups) {
      const next = await runner.decode(
        slots,
        Int32Array.from(slots, (slot) => 40 + step + slot),
        true,
      );
      all.push(...next.map((output) => output.logits!.slice()));
    }
  }
  await runner.release();
  return all.map((row) => [...row]);
}

describe('attention of basic operators', () => {
  it.each([
    ['groups of three heads', {}],
    ['a window', { architectures: ['MistralForCausalLM'], sliding_window: 16 }],
  ])('gives what the fused kernels do, with %s', async (name, fields) => {
    const path = join(folder, name.replaceAll(' ', '-'));
    writeRandomModel(path, { ...SHAPE_135M, num_hidden_layers: 3, vocab_size: 300, ...fields });
    const [fused, basic] = [await logits(path, 'fused'), await logits(path, 'basic')];
    expect(basic).toHaveLength(9);
    for (const [i, row] of basic.entries()) {
      const largest = Math.max(...fused[i].map(Math.abs));
      expect(Math.max(...row.map((value, j) => Math.abs(value - fused[i][j])))).toBeLessThan(1e-4 * largest);
    }
  });
});
