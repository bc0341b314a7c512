import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';
import { type TensorModel, TYPES, writeTensorModels } from '../support/tensor-models.ts';

interface Answer {
  outputs: {
    name: string;
    datatype: string;
    shape: number[];
    data?: unknown[];
    parameters?: { binary_data_size: number };
  }[];
  error?: string;
}

const headers = { authorization: `Bearer ${TOKEN}` };
const folder = mkdtempSync(join(tmpdir(), 'frontier-tensors-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The protocol's name of each type, two elements as JSON has them, and their bytes. */
const DATATYPES: Record<(typeof TYPES)[number], [datatype: string, elements: unknown[], bytes: Buffer]> = {
  bool: ['BOOL', [true, false], Buffer.of(1, 0)],
  uint8: ['UINT8', [0, 255], Buffer.of(0, 255)],
  uint16: ['UINT16', [1, 65_535], Buffer.of(1, 0, 255, 255)],
  uint32: ['UINT32', [1, 2 ** 32 - 1], Buffer.from(Uint32Array.of(1, 2 ** 32 - 1).buffer)],
  uint64: ['UINT64', [1, 2 ** 53 - 1], Buffer.from(BigUint64Array.of(1n, 2n ** 53n - 1n).buffer)],
  int8: ['INT8', [-128, 127], Buffer.of(128, 127)],
  int16: ['INT16', [-32_768, 5], Buffer.from(Int16Array.of(-32_768, 5).buffer)],
  int32: ['INT32', [-1, 5], Buffer.from(Int32Array.of(-1, 5).buffer)],
  int64: ['INT64', [-5, 5], Buffer.from(BigInt64Array.of(-5n, 5n).buffer)],
  float16: ['FP16', [], Buffer.from(Uint16Array.of(0x3c00, 0xc000).buffer)],
  float32: ['FP32', [0.5, -2], Buffer.from(Float32Array.of(0.5, -2).buffer)],
  float64: ['FP64', [0.1, -1e300], Buffer.from(Float64Array.of(0.1, -1e300).buffer)],
  string: ['BYTES', ['ab', 'é漢'], Buffer.from('\u0002\0\0\0ab\u0005\0\0\0é漢')],
};

describe('models of tensors', () => {
  let server: TestServer;
  beforeAll(async () => {
    const models = Object.entries(writeTensorModels(folder)).map(([name, path]) =>
      name === 'rows' || name === 'mixed'
        ? `{ name: ${name}, path: ${path}, max_batch_size: 32 }`
        : `{ name: ${name}, path: ${path} }`,
    );
    server = await startServer({
      yaml: `models: [${models.join(', ')}]`,
      env: { RATE_LIMIT_RPM: '1000000', BATCH_FLUSH_TIMEOUT_MS: '20' },
    });
    const isReady = async (): Promise<boolean> => (await fetch(`${server.url}/v2/health/ready`, { headers })).ok;
    while (!(await isReady())) await new Promise((resolve) => void setTimeout(resolve, 50));
  });
  afterAll(() => server.close());

  const infer = async (model: TensorModel, body: object): Promise<[number, Answer]> => {
    const response = await server.post(`/v2/models/${model}/infer`, body);
    return [response.status, (await response.json()) as Answer];
  };
  const binary = async (
    model: TensorModel,
    json: object,
    tensors: Buffer,
    headerLength?: number,
  ): Promise<[number, Answer, Buffer]> => {
    const head = Buffer.from(JSON.stringify(json));
    const response = await fetch(`${server.url}/v2/models/${model}/infer`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([head, tensors])),
      headers: { ...headers, 'inference-header-content-length': String(headerLength ?? head.length) },
    });
    const body = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get('inference-header-content-length') ?? body.length);
    return [response.status, JSON.parse(body.subarray(0, length).toString()) as Answer, body.subarray(length)];
  };
  const floats = (name: string, shape: number[], data: unknown): object => ({ name, datatype: 'FP32', shape, data });

  it('tell what they take and give', async () => {
    const metadata = await fetch(`${server.url}/v2/models/scaled`, { headers });
    expect(await metadata.json()).toEqual({
      name: 'scaled',
      versions: ['1'],
      platform: 'onnxruntime_onnx',
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [2, 3] },
        { name: 'factor', datatype: 'FP32', shape: [] },
      ],
      outputs: ['product', 'sum'].map((name) => ({ name, datatype: 'FP32', shape: [2, 3] })),
    });
    expect(
      ((await (await fetch(`${server.url}/v1/models`, { headers })).json()) as { data: object[] }).data,
    ).toContainEqual(expect.objectContaining({ id: 'scaled', max_model_len: null }));
  });

  it('take and give every type, as JSON and as bytes', async () => {
    const types = TYPES.filter((type) => type !== 'float16');
    const halves = { name: 'in_float16', datatype: 'FP16', shape: [1, 2], parameters: { binary_data_size: 4 } };
    const inputs = types.map((type) => ({
      name: `in_${type}`,
      datatype: DATATYPES[type][0],
      shape: [1, 2],
      data: DATATYPES[type][1],
    }));
    const outputs = types.map((type) => ({ name: `out_${type}` }));
    const [status, answer] = await binary('types', { inputs: [...inputs, halves], outputs }, DATATYPES.float16[2]);
    expect([status, answer.error]).toEqual([200, undefined]);
    expect(answer.outputs.map(({ name, datatype, data }) => [name, datatype, data])).toEqual(
      types.map((type) => [`out_${type}`, DATATYPES[type][0], DATATYPES[type][1]]),
    );

    const asBytes = TYPES.map((type) => {
      const [datatype, , bytes] = DATATYPES[type];
      return { name: `in_${type}`, datatype, shape: [1, 2], parameters: { binary_data_size: bytes.length } };
    });
    const all = Buffer.concat(TYPES.map((type) => DATATYPES[type][2]));
    const [, head, rest] = await binary('types', { inputs: asBytes, parameters: { binary_data_output: true } }, all);
    expect(head.outputs.map(({ parameters }) => parameters!.binary_data_size)).toEqual(
      TYPES.map((type) => DATATYPES[type][2].length),
    );
    expect(rest).toEqual(all);
    const [refused, { error }] = await binary('types', { inputs: asBytes, outputs: [{ name: 'out_float16' }] }, all);
    expect([refused, error]).toEqual([
      400,
      expect.stringMatching(/"out_float16" is of FP16, which JSON does not have: ask for bytes/),
    ]);
  });

  it('give numbers of 64 bits as they are, also in JSON', async () => {
    const large = BigInt64Array.of(2n ** 62n + 1n, -(2n ** 63n));
    const inputs = TYPES.map((type) => {
      const [datatype, , bytes] = DATATYPES[type];
      return { name: `in_${type}`, datatype, shape: [1, 2], parameters: { binary_data_size: bytes.length } };
    });
    const bytes = TYPES.map((type) => (type === 'int64' ? Buffer.from(large.buffer) : DATATYPES[type][2]));
    const head = Buffer.from(JSON.stringify({ inputs, outputs: [{ name: 'out_int64' }] }));
    const response = await fetch(`${server.url}/v2/models/types/infer`, {
      method: 'POST',
      body: new Uint8Array(Buffer.concat([head, ...bytes])),
      headers: { ...headers, 'inference-header-content-length': String(head.length) },
    });
    expect(await response.text()).toContain('"data":[4611686018427387905,-9223372036854775808]');
  });

  it('give the outputs that are asked for, in their order, and take scalars', async () => {
    const body = {
      inputs: [
        floats(
          'x',
          [2, 3],
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
        ),
        floats('factor', [], [2]),
      ],
      outputs: [{ name: 'sum' }, { name: 'product' }],
    };
    const [, { outputs }] = await infer('scaled', body);
    expect(outputs.map(({ name, data }) => [name, data])).toEqual([
      ['sum', [3, 4, 5, 6, 7, 8]],
      ['product', [2, 4, 6, 8, 10, 12]],
    ]);
  });

  it.each<[string, TensorModel, object, RegExp]>([
    [
      'a missing input',
      'scaled',
      { inputs: [floats('x', [2, 3], [1, 2, 3, 4, 5, 6])] },
      /there is no input "factor": it takes x and factor/,
    ],
    [
      'another shape',
      'rows',
      { inputs: [floats('x', [1, 7], [1, 2, 3, 4, 5, 6, 7])] },
      /"x" must have the shape \[-1, 8\]/,
    ],
    [
      'another type',
      'places',
      { inputs: [{ name: 'at', datatype: 'INT32', shape: [1, 1], data: [1] }] },
      /"at" must be of the type int64/,
    ],
    [
      'data of another shape',
      'rows',
      {
        inputs: [
          floats(
            'x',
            [1, 8],
            [
              [1, 2],
              [3, 4],
              [5, 6],
              [7, 8],
            ],
          ),
        ],
      },
      /not nested as its shape is/,
    ],
    [
      'a number that FP32 does not have',
      'rows',
      { inputs: [floats('x', [1, 8], [1e39, 2, 3, 4, 5, 6, 7, 8])] },
      /element 0 of "x" is larger than FP32/,
    ],
    ['no row', 'rows', { inputs: [floats('x', [0, 8], [])] }, /"x" has no element/],
    [
      'a text among numbers',
      'rows',
      { inputs: [floats('x', [1, 8], [1, 2, 3, 4, 5, 6, 7, '8'])] },
      /element 7 of "x" must be a number/,
    ],
    [
      'a fraction',
      'places',
      { inputs: [{ name: 'at', datatype: 'INT64', shape: [1, 1], data: [1.5] }] },
      /must be a whole number from -9007199254740991/,
    ],
    [
      'a number beyond JSON',
      'places',
      { inputs: [{ name: 'at', datatype: 'INT64', shape: [1, 1], data: [2 ** 60] }] },
      /larger ones can be sent as bytes/,
    ],
    [
      'an unknown output',
      'rows',
      { inputs: [floats('x', [1, 8], [1, 2, 3, 4, 5, 6, 7, 8])], outputs: [{ name: 'z' }] },
      /no output "z": there are y/,
    ],
    [
      'a value that the model refuses',
      'places',
      { inputs: [{ name: 'at', datatype: 'INT64', shape: [1, 1], data: [11] }] },
      /cannot compute with these tensors: .*idx=11/,
    ],
  ])('refuse %s', async (_, model, body, message) => {
    const [status, { error }] = await infer(model, body);
    expect([status, error]).toEqual([400, expect.stringMatching(message)]);
  });

  it.each(['rows', 'mixed'] as const)(
    'give callers that come together the bits that they get alone: %s',
    async (model) => {
      const bodies = Array.from({ length: 32 }, (_, seed) => {
        const data = Array.from({ length: 8 }, (_x, i) => Math.fround(Math.sin(seed * 100 + i)));
        return { inputs: [floats('x', [1, 8], data)] };
      });
      const alone: unknown[] = [];
      for (const each of bodies) alone.push((await infer(model, each))[1].outputs[0].data);
      for (let round = 0; round < 6; round++) {
        const together = await Promise.all(bodies.map((each) => infer(model, each)));
        expect(together.map(([, { outputs }]) => outputs[0].data)).toEqual(alone);
      }
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      const rows = Number(new RegExp(`inference_batch_size_sum\\{model="${model}"\\} (\\d+)`).exec(metrics)![1]);
      const passes = Number(new RegExp(`inference_batch_size_count\\{model="${model}"\\} (\\d+)`).exec(metrics)![1]);
      // Alone at first, then as many as come together.
      expect(rows / passes > 1.5).toBe(model === 'rows');
    },
  );

  it('give 400 to 2,000 bodies of bytes that are not what they say, and a neighbour what it always gets', async () => {
    const values = Float32Array.from({ length: 16 }, (_, i) => i / 7);
    const good = async (): Promise<unknown> =>
      (await infer('rows', { inputs: [floats('x', [2, 8], [...values])] }))[1].outputs[0].data;
    const expected = await good();
    const mutation = fc.record({
      size: fc.option(fc.integer({ min: -8, max: 200 }), { freq: 2 }),
      shape: fc.oneof(
        fc.constant([2, 8]),
        fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 3 }),
        fc.constant([2 ** 31, 2 ** 31]),
      ),
      datatype: fc.oneof(
        { weight: 4, arbitrary: fc.constant('FP32') },
        { weight: 1, arbitrary: fc.constantFrom('INT32', 'FP64', 'FP16', 'BYTES', 'BOOL', 'x') },
      ),
      header: fc.option(fc.integer({ min: -3, max: 300 }), { freq: 2 }),
      cut: fc.oneof(fc.constant(0), fc.nat({ max: 30 })),
    });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 20, maxLength: 20 }), async (mutations) => {
        const answers = mutations.map(async ({ size, shape, datatype, header, cut }) => {
          const bytes = Buffer.from(values.buffer).subarray(0, 64 - cut);
          const json = {
            inputs: [{ name: 'x', datatype, shape, parameters: { binary_data_size: size ?? bytes.length } }],
          };
          const length = Buffer.byteLength(JSON.stringify(json));
          const rows = shape[0];
          const isGood =
            (header === null || header === length) &&
            (size === null || size === bytes.length) &&
            datatype === 'FP32' &&
            shape.length === 2 &&
            rows > 0 &&
            shape[1] === 8 &&
            bytes.length === rows * 32;
          const [status, { error }] = await binary('rows', json, bytes, header ?? undefined);
          if (isGood) taken++;
          return [isGood ? [200, true] : [400, false], [status, error === undefined]];
        });
        const [neighbour, ...all] = await Promise.all([good(), ...answers]);
        expect(neighbour).toEqual(expected);
        for (const [wanted, found] of all as [unknown, unknown][]) expect(found).toEqual(wanted);
      }),
      { numRuns: 100 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it('take an image, which is larger than other bodies may be', async () => {
    const bytes = Buffer.alloc(100_000 * 8 * 4);
    const input = { name: 'x', datatype: 'FP32', shape: [100_000, 8], parameters: { binary_data_size: bytes.length } };
    const [status, { outputs }, rest] = await binary(
      'rows',
      { inputs: [input], parameters: { binary_data_output: true } },
      bytes,
    );
    expect([status, outputs[0].shape, rest.length]).toEqual([200, [100_000, 4], 1_600_000]);
  });

  it('are refused on the routes of texts', async () => {
    for (const [path, body] of [
      ['/v1/chat/completions', { model: 'rows', messages: [{ role: 'user', content: 'a' }] }],
      ['/v1/embeddings', { model: 'rows', input: 'a' }],
      ['/tokenize', { model: 'rows', prompt: 'a' }],
      ['/v2/models/rows/generate', { text_input: 'a' }],
    ] as const) {
      const response = await server.post(path, body);
      expect([path, response.status, await response.text()]).toEqual([
        path,
        400,
        expect.stringContaining('takes tensors'),
      ]);
    }
  });
});
