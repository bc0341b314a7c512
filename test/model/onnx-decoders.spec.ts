import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LoadedModel, loadModel } from '@frontier/engine';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { ExternalDataFile } from '../../libs/engine/dist/graph/external-data-file.js';
import { readDecoderLayout } from '../../libs/engine/dist/onnx/decoder/decoder-layout.js';
import { importDecoder } from '../../libs/engine/dist/onnx/decoder/import-decoder.js';
import { runGraph } from '../../libs/engine/dist/onnx/decoder/run-graph.js';
import { OnnxFile } from '../../libs/engine/dist/onnx/format/onnx-file.js';
import { decode } from '../support/decode.ts';
import { EXPORTS, goldenExports } from '../support/golden-exports.ts';

/** Lengths of the parts that the whole prompt is computed in. */
const CHUNK_ENDS = [9, 25, 40];

let model: LoadedModel | undefined;
afterEach(async () => {
  await model?.runner.release();
  model = undefined;
});

describe.each(goldenExports('decoders').map((golden) => [golden.file, golden] as const))('%s', (_, golden) => {
  const { options, prompt, greedy, logits, isExact } = golden;
  const tokens = Int32Array.from(prompt);

  it('gives the logits of the file as it is, in parts of a prompt, decoded, alone and beside others', async () => {
    model = await loadModel({ ...options, maxBatchSize: 4 });
    const { runner } = model;
    const found = new Map<number, Float32Array>();
    let begin = 0;
    for (const end of CHUNK_ENDS) {
      found.set(end, Float32Array.from((await runner.prefill(0, tokens.slice(begin, end), prompt.length)).logits));
      begin = end;
    }
    const [, first] = Object.entries(logits).find(([end]) => end === '1')!;
    expect(likeness((await runner.prefill(1, tokens.slice(0, 1), 1)).logits, first)).toBeGreaterThan(
      isExact ? 0.999999 : 0.98,
    );
    let last: Float32Array | undefined;
    for (const token of greedy) {
      const together = await decode(runner, [0, 1], [token, 7]);
      last = Float32Array.from(together[0].logits!);
    }
    found.set(prompt.length + greedy.length, last!);
    for (const [end, values] of found) {
      const expected = logits[end];
      if (!isExact) expect([end, likeness(values, expected) > 0.98]).toEqual([end, true]);
      else {
        const differences = expected.map((value, i) => Math.abs(values[i] - value));
        expect([end, Math.max(...differences) < 1e-4]).toEqual([end, true]);
      }
    }
  });
});

describe('a decoder in an ONNX file', () => {
  it('is refused by the name of a node where its attention is another one', async () => {
    await expect(loadModel({ path: join(EXPORTS, 'bloom'), maxBatchSize: 1 })).rejects.toMatchObject({
      code: 'model_unsupported',
      message: expect.stringMatching(
        /bloom\/model\.onnx cannot be served: layer 0: the result of MatMul "\/transformer/,
      ),
    });
  });

  it('says which variant it takes, and takes the one that is asked for', async () => {
    const path = join(EXPORTS, 'llama');
    model = await loadModel({ path, maxBatchSize: 1 });
    expect(model.warnings).toEqual([expect.stringContaining('It serves fp32 (onnx/model.onnx). There are fp16')]);
    await expect(loadModel({ path, dtype: 'uint8', maxBatchSize: 1 })).rejects.toThrow(
      /has no ONNX file of the dtype uint8; it has fp32 \(onnx\/model\.onnx\)/,
    );
  });

  it.each([
    [{ precision: 'int8' as const }, /has its precision: leave it out, or set dtype/],
    [{ provider: { name: 'webgpu' as const } }, /ONNX files run on the CPU alone/],
  ])('refuses %o', async (options, message) => {
    await expect(loadModel({ path: join(EXPORTS, 'llama'), maxBatchSize: 1, ...options })).rejects.toThrow(message);
  });
});

describe('a graph made of an ONNX file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-import-'));
  let file: OnnxFile | undefined;
  afterEach(() => file?.close());
  afterAll(() => rmSync(folder, { recursive: true }));

  const open = (path: string): OnnxFile => (file = new OnnxFile(join(EXPORTS, path)));
  const build = async (from: OnnxFile): Promise<Uint8Array> => {
    const data = new ExternalDataFile(join(folder, 'weights.bin'));
    const layout = readDecoderLayout(from);
    try {
      return await importDecoder(from, data, {
        layout,
        heads: 4,
        maxPositions: 128,
        run: runGraph,
        dataName: 'weights.bin',
      });
    } finally {
      data.close();
    }
  };
  const node = (operator: string, inputs: string[], output: string): OnnxFile['model']['graph']['nodes'][number] => ({
    name: output,
    operator,
    domain: '',
    inputs,
    outputs: [output],
    attributes: [],
  });

  it.each([30, 50])('is refused where scores are capped at %i', async (cap) => {
    const { model: of } = open('mistral/model.onnx');
    const at = of.graph.nodes.findIndex(
      ({ operator, inputs }) => operator === 'Add' && inputs[0].includes('self_attn/MatMul'),
    );
    const [scores] = of.graph.nodes[at].inputs;
    of.graph.initializers.set('cap', {
      name: 'cap',
      type: 'float32',
      dims: [],
      data: new Uint8Array(Float32Array.of(cap).buffer),
    });
    of.graph.nodes[at].inputs[0] = 'capped';
    of.graph.nodes.splice(
      at,
      0,
      node('Div', [scores, 'cap'], 'small'),
      node('Tanh', ['small'], 'bent'),
      node('Mul', ['bent', 'cap'], 'capped'),
    );
    await expect(build(file!)).rejects.toThrow(
      /mistral\/model\.onnx cannot be served: layer 0: (its scores are capped|shares are not the softmax of scores)/,
    );
  });

  it('is refused where a scale of the whole pass is left', async () => {
    const { model: of } = open('llama/onnx/model_quantized.onnx');
    const product = of.graph.nodes.find(
      ({ operator, name }) => operator === 'MatMulInteger' && name.includes('mlp/up_proj'),
    )!;
    of.graph.nodes.unshift(node('Abs', [product.inputs[1]], 'computed weights'));
    product.inputs[1] = 'computed weights';
    await expect(build(file!)).rejects.toThrow(/DynamicQuantizeLinear ".*": it takes one scale for all rows of a pass/);
  });

  it('can be made again of the same open file', async () => {
    const opened = open('llama/onnx/model.onnx');
    const first = await build(opened);
    expect(Buffer.compare(await build(opened), first)).toBe(0);
  });
});

/** The correlation of logits. */
function likeness(found: ArrayLike<number>, expected: readonly number[]): number {
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
    Array.from(a, (value, i) => value * b[i]).reduce((sum, value) => sum + value, 0);
  return dot(found, expected) / Math.sqrt(dot(found, found) * dot(expected, expected));
}
