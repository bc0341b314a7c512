import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Weights } from '../../model/weights.js';
import { type GgufType, GGUF_TYPES, quantize } from '../../testing/gguf-types.js';
import { type GgufWriterTensor, writeGguf } from '../../testing/gguf-writer.js';
import { dequantize } from '../blocks/dequantize.js';
import { GgufModel } from '../file/gguf-model.js';
import { GgufWeights, int4ShareOf } from './gguf-weights.js';

const COLUMNS = 512;
const HEADS = 4;
const KV_HEADS = 2;
const HEAD_DIM = 8;
const Q = 'model.layers.0.self_attn.q_proj';
const K = 'model.layers.0.self_attn.k_proj';

/** Every row of it is another. */
function matrix(rows: number): Float32Array {
  return Float32Array.from({ length: rows * COLUMNS }, (_, i) => Math.sin(i * 0.7) * (1 + Math.floor(i / COLUMNS)));
}

/** Rows in Hugging Face's order of rows that the converter interleaved, by the definition: reshape, swap, reshape. */
function uninterleaved(rows: number, heads: number): number[] {
  const dim = rows / heads;
  const order: number[] = [];
  for (let head = 0; head < heads; head++) {
    for (const half of [0, 1]) for (let i = 0; i < dim / 2; i++) order.push(head * dim + 2 * i + half);
  }
  return order;
}

describe(int4ShareOf, () => {
  it('is that of the matrices of layers whose blocks have 4 bits', () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-share-'));
    const path = join(folder, 'model.gguf');
    const shareOf = (types: [name: string, type: GgufType, rows: number][]): number => {
      const tensors = types.map(([name, type, rows]) => ({ name, type, shape: [rows, COLUMNS], data: matrix(rows) }));
      writeGguf(path, {}, [...tensors, { name: 'blk.0.attn_norm.weight', shape: [512], data: matrix(1) }]);
      const model = GgufModel.open(path);
      model.close();
      return int4ShareOf(model);
    };
    expect(
      shareOf([
        ['token_embd.weight', 'Q6_K', 9],
        ['blk.0.attn_q.weight', 'Q4_K', 2],
        ['blk.0.attn_k.weight', 'Q4_0', 1],
        ['blk.0.attn_v.weight', 'Q6_K', 1],
      ]),
    ).toBe(0.75);
    expect(shareOf([['blk.0.attn_q.weight', 'Q8_0', 2]])).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

describe(GgufWeights, () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-gguf-weights-'));
  const path = join(folder, 'model.gguf');
  const opened: Weights[] = [];
  afterAll(() => {
    for (const weights of opened) weights.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (tensors: GgufWriterTensor[], architecture = 'llama'): Weights => {
    writeGguf(path, { 'general.architecture': architecture }, tensors);
    const model = GgufModel.open(path);
    try {
      const weights = new GgufWeights(model, { heads: HEADS, kvHeads: KV_HEADS });
      opened.push(weights);
      return weights;
    } catch (error) {
      model.close();
      throw error;
    }
  };

  it.each(Object.keys(GGUF_TYPES) as GgufType[])('reads matrices of %s, rows and interleaved heads alike', (type) => {
    const rows = HEADS * HEAD_DIM;
    const stored = quantize(matrix(rows), type);
    const plain = dequantize(Uint8Array.from(stored), type, new Float32Array(rows * COLUMNS));
    const row = (i: number): Float32Array => plain.subarray(i * COLUMNS, (i + 1) * COLUMNS);
    const weights = open([
      { name: 'blk.0.attn_q.weight', shape: [rows, COLUMNS], type, data: stored },
      { name: 'blk.0.attn_k.weight', shape: [rows, COLUMNS], type, data: stored },
      { name: 'blk.0.attn_v.weight', shape: [rows, COLUMNS], type, data: stored },
    ]);
    const orders: [name: string, order: number[]][] = [
      [`${Q}.weight`, uninterleaved(rows, HEADS)],
      [`${K}.weight`, uninterleaved(rows, KV_HEADS)],
      ['model.layers.0.self_attn.v_proj.weight', Array.from({ length: rows }, (_, i) => i)],
    ];
    for (const [name, order] of orders) {
      const whole = weights.read(name, [rows, COLUMNS]);
      for (const [i, from] of order.entries()) {
        expect(whole.subarray(i * COLUMNS, (i + 1) * COLUMNS)).toEqual(row(from));
      }
      for (const [from, to] of [
        [0, rows],
        [0, 1],
        [3, 5],
        [5, 21],
        [rows - 1, rows],
        [8, 8],
      ]) {
        expect(weights.readRows(name, [rows, COLUMNS], from, to)).toEqual(whole.slice(from * COLUMNS, to * COLUMNS));
        const blocks = weights.blocks!(name, [rows, COLUMNS], from, to);
        expect(blocks?.type).toBe(['Q4_0', 'Q4_1', 'Q4_K'].includes(type) ? type : undefined);
        if (blocks) {
          expect(dequantize(blocks.bytes, type, new Float32Array((to - from) * COLUMNS))).toEqual(
            whole.slice(from * COLUMNS, to * COLUMNS),
          );
        }
      }
    }
    weights.assertAllRead();
  });

  it('reads biases of interleaved heads in the order of their rows', () => {
    const bias = Float32Array.from({ length: 16 }, (_, i) => i);
    const tensors = [{ name: 'blk.0.attn_k.bias', shape: [16], data: bias }];
    expect([...open(tensors, 'granite').read(`${K}.bias`, [16])]).toEqual(uninterleaved(16, KV_HEADS));
    expect([...open(tensors, 'qwen2').read(`${K}.bias`, [16])]).toEqual([...bias]);
  });

  it('names norms as the architecture does', () => {
    const norm = (name: string, value: number): GgufWriterTensor => ({
      name,
      shape: [1],
      data: Float32Array.of(value),
    });
    const tensors = [norm('blk.1.ffn_norm.weight', 1), norm('blk.1.post_attention_norm.weight', 2)];
    const read = (architecture: string, name: string): number =>
      open(tensors, architecture).read(`model.layers.1.${name}.weight`, [1])[0];
    expect(read('llama', 'post_attention_layernorm')).toBe(1);
    expect(read('gemma3', 'post_attention_layernorm')).toBe(2);
    expect(read('gemma3', 'pre_feedforward_layernorm')).toBe(1);
    expect(read('olmo2', 'post_attention_layernorm')).toBe(2);
  });

  it('tells tensors with the same bytes from others', () => {
    const data = matrix(2);
    const tensor = (name: string, type: GgufType, values = data): GgufWriterTensor => ({
      name,
      type,
      shape: [2, COLUMNS],
      data: values,
    });
    const weights = open([
      tensor('token_embd.weight', 'Q8_0'),
      tensor('output.weight', 'Q8_0'),
      tensor('blk.0.attn_v.weight', 'Q5_0'),
      tensor(
        'blk.0.attn_q.weight',
        'Q8_0',
        data.map((value) => value + 1),
      ),
    ]);
    const embedding = 'model.embed_tokens.weight';
    expect(weights.areEqual(embedding, 'lm_head.weight')).toBe(true);
    expect(weights.areEqual(embedding, 'model.layers.0.self_attn.v_proj.weight')).toBe(false);
    expect(weights.areEqual(embedding, `${Q}.weight`)).toBe(false);
    expect(weights.areEqual(embedding, 'model.norm.weight')).toBe(false);
    expect([weights.has(embedding), weights.has('model.norm.weight'), weights.has('rope_freqs')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  const vector = (name: string): GgufWriterTensor => ({ name, shape: [2], data: Float32Array.of(1, 2) });

  it('names a tensor that nothing has read, but for those that are part of the configuration', () => {
    const weights = open([
      vector('output_norm.weight'),
      vector('rope_freqs.weight'),
      vector('blk.0.ssm_a'),
      vector('x'),
    ]);
    expect(() => weights.assertAllRead()).toThrow(
      `${path}: tensor "output_norm.weight" (and 2 more) is not part of the supported architecture "llama".`,
    );
    weights.read('model.norm.weight', [2]);
    expect(() => weights.assertAllRead()).toThrow(/tensor "blk\.0\.ssm_a" \(and 1 more\)/);
    const ignoring = open([vector('output.weight')]);
    ignoring.ignore('lm_head.weight');
    ignoring.assertAllRead();
  });

  it('names the tensor that is missing or has another shape', () => {
    const weights = open([vector('output_norm.weight')]);
    expect(() => weights.read('model.layers.7.mlp.up_proj.weight', [2, 2])).toThrow(
      `${path} has no tensor "blk.7.ffn_up.weight", which the architecture "llama" needs.`,
    );
    expect(() => weights.read('model.norm.weight', [3])).toThrow(
      `${path}: tensor "output_norm.weight" has shape [2], but the metadata ask for [3].`,
    );
  });

  it.each([
    [17, 'IQ2_XS', 74],
    [10, 'Q2_K', 84],
    [39, 'MXFP4', 8 * 17],
    [26, 'I32', 1024],
  ])('refuses type %i by its name, %s, before anything is read', (id, name, bytes) => {
    const tensor = { name: 'blk.3.ffn_up.weight', shape: [1, 256], type: id, data: new Uint8Array(bytes) };
    expect(() => open([vector('output_norm.weight'), tensor])).toThrow(
      `${path}: tensor "blk.3.ffn_up.weight" has type ${name}; supported are F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K. Take a Q4_K_M or Q8_0 file of this model.`,
    );
  });

  it('refuses a vector that is quantized', () => {
    const tensor: GgufWriterTensor = {
      name: 'blk.0.attn_q.bias',
      shape: [32],
      type: 'Q8_0',
      data: new Float32Array(32),
    };
    expect(() => open([tensor])).toThrow(/tensor "blk\.0\.attn_q\.bias" has one dimension and type Q8_0/);
  });
});
