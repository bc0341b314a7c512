import { loadModel, type LoadedModel, loadTokenizer } from '@frontier/engine';
import { loadWhereSaturating } from '@frontier/engine/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { ASSETS, hasAssets } from './support/assets.ts';
import { GOLDEN, LLAMA_CPP, PERPLEXITY_TEXT } from './support/golden.ts';
import { perplexity, WINDOWS, windowsOf } from './support/perplexity.ts';
import { addRow } from './support/row.ts';

const percent = (ratio: number): string => `${ratio < 1 ? '' : '+'}${((ratio - 1) * 100).toFixed(2)} %`;

describe.skipIf(!hasAssets)('the perplexity of a text', () => {
  let windows: number[][];
  beforeAll(() => void (windows = windowsOf(loadTokenizer(ASSETS.gguf).encode(PERPLEXITY_TEXT))));
  const ofLlamaCpp = LLAMA_CPP.perplexity;

  async function measure(load: Promise<LoadedModel>): Promise<number> {
    const { runner } = await load;
    try {
      return await perplexity(runner, windows);
    } finally {
      await runner.release();
    }
  }

  const options = { path: ASSETS.gguf, maxBatchSize: WINDOWS, contextLength: 256 };
  const cases: [string, () => Promise<LoadedModel>, number][] = [
    ['int4', () => loadModel({ ...options, precision: 'int4' }), 1.02],
    ['int8', () => loadModel({ ...options, precision: 'int8' }), 1.02],
    ['int8 in 64 steps', () => loadWhereSaturating({ ...options, precision: 'int8' }), 1.03],
  ];
  it.for(cases)('in %s is near that of llama.cpp', async ([name, load, limit], context) => {
    const found = await measure(load());
    addRow(context, {
      point: `perplexity, ${name}`,
      ours: `${found.toFixed(3)} (${percent(found / ofLlamaCpp)})`,
      reference: `${ofLlamaCpp.toFixed(3)}, llama.cpp`,
      bound: percent(limit),
    });
    expect(found / ofLlamaCpp).toBeLessThan(limit);
  });

  it('in fp32 is that of transformers, and near that of llama.cpp', async (context) => {
    const found = await measure(loadModel({ ...options, precision: 'fp32' }));
    const { float32 } = GOLDEN.perplexity;
    for (const [reference, name, bound] of [
      [float32, 'transformers', '±0.05 %'],
      [ofLlamaCpp, 'llama.cpp', '±1 %'],
    ] as const) {
      addRow(context, {
        point: 'perplexity, fp32',
        ours: `${found.toFixed(3)} (${percent(found / reference)})`,
        reference: `${reference.toFixed(3)}, ${name}`,
        bound,
      });
    }
    expect(Math.abs(found / float32 - 1)).toBeLessThan(0.0005);
    expect(Math.abs(found / ofLlamaCpp - 1)).toBeLessThan(0.01);
  });

  it('grows in int8 by rounded weights and, more, by rounded activations, as transformers computes them', (context) => {
    const { float32, weights127, weights64, activations } = GOLDEN.perplexity;
    const parts = {
      'weights alone': weights127,
      'weights alone, 64 steps': weights64,
      'activations alone': activations,
    };
    for (const [part, found] of Object.entries(parts)) {
      const reference = `${found.toFixed(3)} (${percent(found / float32)}), transformers`;
      addRow(context, { point: `perplexity, int8: ${part}`, ours: '', reference, bound: '' });
    }
    expect(weights127).toBeLessThan(weights64);
  });
});
