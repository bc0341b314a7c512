import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel, type LoadedModel, type Precision } from '@frontier/engine';
import { int8Saturates } from '@frontier/engine/testing';
import { type GgufWriterTensor, writeGguf } from '@frontier/engine/testing/gguf-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { decode } from '../support/decode.ts';
import { convertToGguf } from '../support/gguf-conversion.ts';
import { writeRandomModel } from '../support/random-model.ts';
import { readSafetensors } from '../support/read-safetensors.ts';

/** With the output projection in 8 bits, or in 7 where the processor has no exact products of more. */
const ACTIVATION_LOSS = (await int8Saturates()) ? 0.03 : 0.02;

const CONFIG = {
  architectures: ['LlamaForCausalLM'],
  vocab_size: 320,
  hidden_size: 256,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 64,
  intermediate_size: 512,
  max_position_embeddings: 256,
};
const TOKENS = [1, 17, 300, 42, 42, 5, 99, 250, 3, 8, 120, 7];

const folder = mkdtempSync(join(tmpdir(), 'frontier-gguf-blocks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeRandomModel(folder, CONFIG, { format: 'F32' });
const { metadata, tensors } = convertToGguf(CONFIG, readSafetensors(join(folder, 'model.safetensors')));

type BlockType = NonNullable<GgufWriterTensor['type']>;

/** The model with its matrices in a type, or in the one that is chosen by name. */
function write(typeOf: (name: string) => BlockType): string {
  const path = join(folder, 'model.gguf');
  writeGguf(
    path,
    metadata,
    tensors.map((tensor) => (tensor.shape.length === 2 ? { ...tensor, type: typeOf(tensor.name) } : tensor)),
  );
  return path;
}

async function logitsOf(options: { path: string; precision: Precision; prefillPrecision?: Precision }) {
  const model = await loadModel({ ...options, maxBatchSize: 1 });
  try {
    // Of decode passes: prompts have a precision of their own.
    await model.runner.prefill(0, Int32Array.of(TOKENS[0]), 1);
    const found: number[] = [];
    for (const token of TOKENS.slice(1)) found.push(...(await decode(model.runner, [0], [token]))[0].logits!);
    return found;
  } finally {
    await model.runner.release();
  }
}

async function promptLogits(options: { path: string; precision: Precision; prefillPrecision?: Precision }) {
  const { runner } = await loadModel({ ...options, maxBatchSize: 1 });
  const { logits } = await runner.prefill(0, Int32Array.from(TOKENS), TOKENS.length);
  await runner.release();
  return [...logits];
}

/** Root mean square of the difference, in units of that of what is expected. */
function lossOf(found: number[], expected: number[]): number {
  const sum = (of: (value: number, i: number) => number): number =>
    expected.reduce((s, value, i) => s + of(value, i), 0);
  return Math.sqrt(sum((value, i) => (found[i] - value) ** 2) / sum((value) => value ** 2));
}

describe('4-bit blocks of a GGUF file', () => {
  it.each(['Q4_0', 'Q4_1', 'Q4_K'] as const)(
    '%s lose nothing in int4 but what 8-bit activations lose',
    async (type) => {
      const path = write((name) => (name.startsWith('blk') ? type : 'F32'));
      const exact = await logitsOf({ path, precision: 'fp32' });
      const loss = lossOf(await logitsOf({ path, precision: 'int4' }), exact);
      // Blocks of our own on top of those of the file lose some 0.1 at each matrix.
      expect(loss).toBeLessThan(ACTIVATION_LOSS);
      expect(loss).toBeGreaterThan(0);
    },
  );

  it('are taken where all parts of a matrix have them; what has more bits in the file keeps 8', async () => {
    const path = write((name) => (/attn_v|ffn_down/.test(name) ? 'Q6_K' : name.startsWith('blk') ? 'Q4_K' : 'F32'));
    const exact = await logitsOf({ path, precision: 'fp32' });
    const [loss, lossOfInt8] = [
      lossOf(await logitsOf({ path, precision: 'int4' }), exact),
      lossOf(await logitsOf({ path, precision: 'int8' }), exact),
    ];
    expect(loss).toBeLessThan(1.2 * lossOfInt8);
    const wide = write(() => 'Q8_0');
    const lossOfWide = lossOf(
      await logitsOf({ path: wide, precision: 'int4' }),
      await logitsOf({ path: wide, precision: 'fp32' }),
    );
    expect(lossOfWide).toBeLessThan(0.05);
  });

  it('are not made of what has more bits in the file for prompts either', async () => {
    const path = write(() => 'Q8_0');
    const expected = await promptLogits({ path, precision: 'int4', prefillPrecision: 'int8' });
    expect(await promptLogits({ path, precision: 'int4', prefillPrecision: 'int4' })).toEqual(expected);
  });

  it.each(['Q4_0', 'Q4_1', 'Q4_K'] as const)('%s have the same logits in a batch of any size', async (type) => {
    const path = write((name) => (name.startsWith('blk') ? type : 'Q8_0'));
    const model: LoadedModel = await loadModel({ path, maxBatchSize: 16, precision: 'int4' });
    const slots = Array.from({ length: 16 }, (_, slot) => slot);
    const next = async (count: number): Promise<number[]> => {
      for (const slot of slots.slice(0, count)) {
        await model.runner.prefill(slot, Int32Array.from(TOKENS.slice(0, 3 + (slot % 5))), 3 + (slot % 5));
      }
      const results = await decode(
        model.runner,
        slots.slice(0, count),
        slots.slice(0, count).map((slot) => TOKENS[slot % 7]),
      );
      for (const slot of slots.slice(0, count)) model.runner.free(slot);
      return [...results[0].logits!];
    };
    const alone = await next(1);
    for (const count of [2, 3, 4, 5, 8, 16]) expect(await next(count)).toEqual(alone);
    await model.runner.release();
  });

  it.each([
    ['most', /ffn_down/],
    ['few', /ffn/],
  ])('have the same bits in stages where %s matrices have them', async (_, wide) => {
    const path = write((name) => (wide.test(name) || !name.startsWith('blk') ? 'Q8_0' : 'Q4_0'));
    const { runner } = await loadModel({ path, maxBatchSize: 1, precision: 'int4' });
    const prompt = Int32Array.from(TOKENS);
    const whole = (await runner.prefill(0, prompt, prompt.length)).logits.slice();
    runner.free(0);
    await runner.prefillStages!(0, prompt, prompt.length, 1);
    expect((await runner.prefill(0, prompt, prompt.length)).logits).toEqual(whole);
    await runner.release();
  });
});
