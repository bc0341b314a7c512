import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isAppError } from '@frontier/errors';
import { afterAll, describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../graph/graph-builder.js';
import { GraphIndex } from '../rewrite/graph-index.js';
import { readDecoderLayout } from '../decoder/decoder-layout.js';
import { OnnxFile } from './onnx-file.js';
import { smallValues } from './tensor-elements.js';

const EXPORTS = resolve(import.meta.dirname, '../../../../../test/goldens/onnx');

describe(OnnxFile, () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-onnx-file-'));
  const path = join(folder, 'model.onnx');
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = (bytes: Uint8Array): OnnxFile => {
    writeFileSync(path, bytes);
    return new OnnxFile(path);
  };

  it('reads what the graph builder writes', () => {
    const graph = new GraphBuilder('small', '');
    graph.input('x', 'float32', ['N', 3]);
    graph.constant('list', BigInt64Array.of(-7n, 2n ** 40n), [2]);
    const attributes = { axis: -1, alpha: { float: 0.5 }, mode: { text: 'linear' }, sizes: [3, -1] };
    graph.node('Anything', ['x', 'list'], { attributes, domain: 'com.microsoft' }, 'y');
    graph.output('y', 'int64', ['N', 3]);
    const file = read(graph.build());
    const { opsets, graph: found } = file.model;
    expect([...opsets]).toEqual([
      ['', 21],
      ['com.microsoft', 1],
    ]);
    expect([found.inputs, found.outputs]).toEqual([
      [{ name: 'x', type: 'float32', dims: ['N', 3] }],
      [{ name: 'y', type: 'int64', dims: ['N', 3] }],
    ]);
    const [node] = found.nodes;
    expect(node).toMatchObject({
      operator: 'Anything',
      domain: 'com.microsoft',
      inputs: ['x', 'list'],
      outputs: ['y'],
    });
    expect(node.attributes.map(({ name, int, float, text, ints }) => [name, int ?? float ?? text ?? ints])).toEqual(
      Object.entries({ ...attributes, alpha: 0.5, mode: 'linear' }),
    );
    const list = new GraphIndex(found).constant('list')!;
    expect(smallValues(list.type, file.bytesOf(list))).toEqual([-7, 2 ** 40]);
    file.close();
  });

  it('reads a damaged file, or refuses it in one line that names it', () => {
    const sound = readFileSync(join(EXPORTS, 'llama/onnx/model.onnx'));
    let state = 20_261_128;
    const random = (bound: number): number => (state = (state * 48_271) % 2_147_483_647) % bound;
    let refused = 0;
    for (let i = 0; i < 300; i++) {
      let bytes = Buffer.from(sound);
      // Names, shapes and attributes are at the begin and at the end of the file, weights in between.
      for (let changes = 1 + random(4); changes > 0; changes--) {
        const at = random(2) === 0 ? random(60_000) : bytes.length - 1 - random(3000);
        bytes[at] = random(2) === 0 ? bytes[at] ^ (1 << random(8)) : random(256);
      }
      if (random(5) === 0) bytes = bytes.subarray(0, random(bytes.length));
      let file: OnnxFile | undefined;
      try {
        file = read(bytes);
        readDecoderLayout(file);
        for (const tensor of file.model.graph.initializers.values()) file.bytesOf(tensor);
      } catch (error) {
        refused++;
        const isRefusal = isAppError(error) && ['model_invalid', 'model_unsupported'].includes(error.code);
        if (!isRefusal || error.message.includes('\n') || !error.message.includes(folder)) throw error;
      } finally {
        file?.close();
      }
    }
    expect(refused).toBeGreaterThan(60);
  });

  it.each([
    ['../secret.bin', /has tensors in "..\/secret.bin", outside of its folder/],
    ['/etc/passwd', /outside of its folder/],
    ['missing.bin', /missing\.bin is missing, where .*model\.onnx has its tensor "w"/],
  ])('does not read tensors from %s', (location, message) => {
    const graph = new GraphBuilder('small', location);
    graph.external('w', 'float32', [2], { offset: 0, byteLength: 8 });
    const file = read(graph.build());
    expect(() => file.bytesOf(file.model.graph.initializers.get('w')!)).toThrow(message);
    file.close();
  });
});
