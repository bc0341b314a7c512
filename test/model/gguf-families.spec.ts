import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, type ModelOptions } from '@frontier/engine';
import { writeGguf, writeSplitGguf } from '@frontier/engine/testing/gguf-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { convertToGguf, lossOfConversion } from '../support/gguf-conversion.ts';
import { type GoldenFamily, goldenFamilies, writeGoldenFamily } from '../support/golden-families.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontier-gguf-family-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const goldens = goldenFamilies();
const named = (name: string): GoldenFamily => goldens.find((golden) => golden.name === name)!;
const kept = goldens.filter(({ config }) => lossOfConversion(config) === undefined);

/** The logits of the prompt, in two chunks, and of the tokens after it. */
async function logitsOf(options: Pick<ModelOptions, 'path' | 'contextLength' | 'precision'>, golden: GoldenFamily) {
  const model = await loadModel({ maxBatchSize: 2, ...options });
  try {
    expect(model.warnings).toEqual([]);
    const prompt = Int32Array.from(golden.prompt);
    const found = new Map<number, Float32Array>();
    for (const [begin, end] of [
      [0, 12],
      [12, 40],
    ]) {
      const { logits } = await model.runner.prefill(0, prompt.slice(begin, end), prompt.length);
      found.set(end - 1, Float32Array.from(logits));
    }
    for (const [step, token] of golden.greedy.entries()) {
      const [{ logits }] = await decode(model.runner, [0], [token]);
      found.set(prompt.length + step, Float32Array.from(logits!));
    }
    return found;
  } finally {
    await model.runner.release();
  }
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i])));
}

function correlation(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

describe('a GGUF file', () => {
  it('is written of every family but those whose differences it cannot hold', () => {
    const architectures = kept.map(({ config }) => (config.architectures as string[])[0]);
    expect(new Set(architectures)).toEqual(
      new Set(
        goldens
          .map(({ config }) => (config.architectures as string[])[0])
          .filter((name) => !name.startsWith('SmolLM3')),
      ),
    );
  });

  it.each(kept.map((golden) => [golden.name, golden] as const))(
    'has the logits of Hugging Face: %s',
    async (_, golden) => {
      const path = join(folder, 'model.gguf');
      const { metadata, tensors } = convertToGguf(golden.config, golden.tensors);
      writeGguf(path, metadata, tensors);
      const found = await logitsOf({ path, contextLength: golden.contextLength, precision: 'fp32' }, golden);
      const compared = [...golden.logits].filter(([position]) => found.has(position));
      expect(compared.length).toBeGreaterThan(2);
      for (const [position, expected] of compared) {
        const logits = found.get(position)!.filter((__, token) => token % golden.stride === 0);
        expect(largestDifference(logits, expected)).toBeLessThan(1e-4);
      }
    },
  );

  it.each([
    ['SmolLM3: interval, untied, biases', { no_rope_layer_interval: undefined }],
    ['SmolLM3: version 5, windows in layers that rotate nothing', { use_sliding_window: false }],
  ])('has the logits of the folder that it is made of: %s', async (name, changes) => {
    const golden = { ...named(name), config: { ...named(name).config, ...changes } };
    expect(lossOfConversion(golden.config)).toBeUndefined();
    const path = join(folder, 'model.gguf');
    const { metadata, tensors } = convertToGguf(golden.config, golden.tensors);
    writeGguf(path, metadata, tensors);
    writeGoldenFamily(join(folder, 'hugging-face'), golden);
    const expected = await logitsOf({ path: join(folder, 'hugging-face'), precision: 'fp32' }, golden);
    const found = await logitsOf({ path, precision: 'fp32' }, golden);
    for (const [position, logits] of found)
      expect(largestDifference(logits, expected.get(position)!)).toBeLessThan(1e-6);
  });

  it('is served in int8 by default, and all its parts are read', async () => {
    const golden = named('Qwen3: tied, head_dim 32');
    const { metadata, tensors } = convertToGguf(golden.config, golden.tensors);
    const path = writeSplitGguf(join(folder, 'split'), metadata, tensors, 3);
    const found = await logitsOf({ path }, golden);
    expect(found).toEqual(await logitsOf({ path, precision: 'int8' }, golden));
    for (const [position, logits] of found) {
      const expected = golden.logits.get(position);
      const some = logits.filter((__, token) => token % golden.stride === 0);
      if (expected) expect(correlation(some, Float32Array.from(expected))).toBeGreaterThan(0.99);
    }
  });
});
