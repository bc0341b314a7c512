import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isUp, startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';
import { ASSETS, hasTensors } from './support/assets.ts';
import { addRow } from './support/row.ts';

interface Golden {
  onnxruntime: string;
  models: Record<
    string,
    {
      inputs: Record<string, { shape: number[]; kind: 'waves' | number }>;
      outputs: Record<string, { shape: number[]; first: number[]; sum: number }>;
    }
  >;
}

interface Answer {
  outputs: { name: string; shape: number[]; parameters: { binary_data_size: number } }[];
}

const GOLDEN = JSON.parse(readFileSync(join(import.meta.dirname, 'tensors.json'), 'utf8')) as Golden;
const NAMES = Object.keys(GOLDEN.models);
const MAX_DIFFERENCE = 1e-5;

/** As in tensors.py. */
function waves(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 0.37));
}

describe.skipIf(!hasTensors)('ONNX models that are no language models', () => {
  let server: TestServer;
  beforeAll(async () => {
    const models = NAMES.map((name, i) => `{ name: m${i}, path: ${join(ASSETS.tensors, name)} }`);
    server = await startServer({ yaml: `models: [${models.join(', ')}]`, ready: false });
    await waitFor(() => isUp(`${server.url}/ready`), 60_000);
  });
  afterAll(() => server?.close());

  it.for(NAMES)('%s gives what ONNX Runtime in Python gives', async (name, context) => {
    const { inputs, outputs } = GOLDEN.models[name];
    expect(existsSync(join(ASSETS.tensors, name))).toBe(true);
    const tensors = Object.entries(inputs).map(([key, { shape, kind }]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      const isInteger = key === 'sr';
      const data = isInteger
        ? BigInt64Array.of(BigInt(kind))
        : kind === 'waves'
          ? waves(count)
          : new Float32Array(count).fill(kind);
      const head = { name: key, datatype: isInteger ? 'INT64' : 'FP32', shape };
      return { head: { ...head, parameters: { binary_data_size: data.byteLength } }, bytes: Buffer.from(data.buffer) };
    });
    const json = Buffer.from(
      JSON.stringify({ inputs: tensors.map(({ head }) => head), parameters: { binary_data_output: true } }),
    );
    const response = await fetch(`${server.url}/v2/models/m${NAMES.indexOf(name)}/infer`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([json, ...tensors.map(({ bytes }) => bytes)])),
      headers: { authorization: `Bearer ${TOKEN}`, 'inference-header-content-length': String(json.length) },
    });
    const body = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get('inference-header-content-length'));
    expect([response.status, length > 0 || body.toString()]).toEqual([200, true]);
    const answer = JSON.parse(body.subarray(0, length).toString()) as Answer;
    let at = length;
    let largest = 0;
    for (const { name: output, shape, parameters } of answer.outputs) {
      const expected = outputs[output];
      expect(shape).toEqual(expected.shape);
      const values = new Float32Array(Uint8Array.from(body.subarray(at, at + parameters.binary_data_size)).buffer);
      at += parameters.binary_data_size;
      for (const [i, value] of expected.first.entries()) largest = Math.max(largest, Math.abs(values[i] - value));
      const sum = values.reduce((total, value) => total + value, 0);
      expect(Math.abs(sum - expected.sum)).toBeLessThan(1e-4 * Math.max(1, values.length));
    }
    const row = { reference: `onnxruntime ${GOLDEN.onnxruntime}`, bound: String(MAX_DIFFERENCE) };
    addRow(context, { point: name, ours: `within ${largest.toExponential(1)}`, ...row });
    expect(answer.outputs.map((output) => output.name)).toEqual(Object.keys(outputs));
    expect(largest).toBeLessThan(MAX_DIFFERENCE);
  });
});
