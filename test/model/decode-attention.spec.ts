import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModel } from '@frontier/engine';
import { afterAll, describe, expect, it } from 'vitest';
import { type RandomModelShape, writeRandomModel } from '../support/random-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'frontier-attention-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SHAPE = {
  hidden_size: 64,
  num_hidden_layers: 1,
  intermediate_size: 64,
  vocab_size: 300,
  max_position_embeddings: 2048,
};
const SHAPES: Record<string, RandomModelShape> = {
  'heads of 64, as in Llama': { ...SHAPE, head_dim: 64, num_attention_heads: 9, num_key_value_heads: 3 },
  'heads of 128 with keys of their own': { ...SHAPE, head_dim: 128, num_attention_heads: 2, num_key_value_heads: 2 },
  'heads of 128 that share one key': { ...SHAPE, head_dim: 128, num_attention_heads: 4, num_key_value_heads: 1 },
  'heads of 192': { ...SHAPE, head_dim: 192, num_attention_heads: 4, num_key_value_heads: 2 },
  'heads of 256, as in Gemma': { ...SHAPE, head_dim: 256, num_attention_heads: 4, num_key_value_heads: 1 },
};

function promptOf(length: number, seed: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => 1 + ((7 * i + 31 * seed) % 250));
}

describe.each(Object.keys(SHAPES))('a sequence of a model with %s', (name) => {
  // More than this machine may have: the runtime divides its products among them all the same.
  it.each([1, 2, 4, 16])('has the same logits beside any others, with %i threads', async (threads) => {
    writeRandomModel(folder, SHAPES[name], { format: 'F32' });
    const { runner } = await loadModel({ path: folder, maxBatchSize: 4, precision: 'fp32', threads });
    /** Slots of prompts that are computed once. */
    const prompts = new Map<string, number>();
    const place = async (slot: number, length: number): Promise<void> => {
      const key = `${length} ${slot}`;
      if (!prompts.has(key)) {
        prompts.set(key, 100 + prompts.size);
        await runner.prefill(prompts.get(key)!, promptOf(length, slot), length);
      }
      await runner.copy(prompts.get(key)!, slot);
    };
    const logitsBeside = async (tokens: number, others: number[]): Promise<Float32Array> => {
      const lengths = [tokens, ...others];
      for (const [slot, length] of lengths.entries()) await place(slot, length);
      const slots = [...lengths.keys()];
      runner.plan(slots);
      // All in one pass, whatever that costs.
      await runner.relocate({ groups: [slots], relocates: true });
      await runner.decode(
        slots,
        Int32Array.from(slots, () => 5),
        true,
      );
      const [{ logits }] = await runner.decode(
        slots,
        Int32Array.from(slots, () => 9),
        true,
      );
      const verified = await runner.verify!(0, Int32Array.of(7, 5, 9, 8), true);
      for (const slot of slots) runner.free(slot);
      return Float32Array.from([logits!, ...verified.outputs.map((output) => output.logits!)].flatMap((l) => [...l]));
    };
    for (const tokens of [1, 30, 62, 300, 574, 1100]) {
      const alone = await logitsBeside(tokens, []);
      for (const others of [[20], [20, 1, 20], [150], [700], [2000]]) {
        const differing = (await logitsBeside(tokens, others)).filter((logit, i) => logit !== alone[i]).length;
        expect(`${differing} differ at ${tokens} beside ${others}`).toBe(`0 differ at ${tokens} beside ${others}`);
      }
    }
    await runner.release();
  });
});
