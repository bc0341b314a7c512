import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startScriptedServer } from '../support/encoder-server.ts';
import { startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';

interface Output {
  name: string;
  datatype: string;
  shape: number[];
  data?: (number | string)[];
  parameters?: { binary_data_size: number };
}

interface Answer {
  model_name: string;
  model_version: string;
  id?: string;
  outputs: Output[];
  error?: string;
}

const headers = { authorization: `Bearer ${TOKEN}` };
const texts = (data: unknown, shape: number[] = [(data as unknown[]).length], name = 'text'): object => ({
  name,
  datatype: 'BYTES',
  shape,
  data,
});

/** Texts as a binary tensor has them. */
function packed(values: readonly string[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(Buffer.byteLength(value));
      return [length, Buffer.from(value)];
    }),
  );
}

function hasEmpty(bytes: Buffer): boolean {
  for (let at = 0; at + 4 <= bytes.length; at += 4 + bytes.readUInt32LE(at))
    if (bytes.readUInt32LE(at) === 0) return true;
  return false;
}

describe('the Open Inference Protocol, with encoders that follow a script', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startScriptedServer(
      {
        storyteller: { answers: ({ prompt }) => ({ text: [`${prompt} and`, ' so on'] }) },
        narrator: { answers: 'Another.' },
        minilm: { encodes: (text) => [text.length, 0.5, -1], info: { outputSize: 3 } },
        judge: { encodes: (pair) => [pair[1].length - 6], info: { task: 'rerank', outputSize: 1 } },
        moods: {
          encodes: (text) => [0, text.length],
          info: { task: 'classify', outputSize: 2, labels: ['bad', 'good'] },
        },
      },
      { RATE_LIMIT_RPM: '1000000', BODY_LIMIT_BYTES: '8388608' },
    );
  });
  afterAll(() => server.close());

  const get = async (path: string): Promise<[number, unknown]> => {
    const response = await fetch(server.url + path, { headers });
    return [response.status, await response.json()];
  };
  const infer = async (model: string, body: object): Promise<[number, Answer]> => {
    const response = await server.post(`/v2/models/${model}/infer`, body);
    return [response.status, (await response.json()) as Answer];
  };
  const send = (body: Buffer, headerLength?: number | string): Promise<Response> =>
    fetch(`${server.url}/v2/models/minilm/infer`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: {
        ...headers,
        'content-type': 'application/octet-stream',
        ...(headerLength !== undefined && { 'inference-header-content-length': String(headerLength) }),
      },
    });
  const binary = (
    json: object,
    tensors: Buffer,
    headerLength = Buffer.byteLength(JSON.stringify(json)),
  ): Promise<Response> => send(Buffer.concat([Buffer.from(JSON.stringify(json)), tensors]), headerLength);

  it('tells what the server is and what its models take and give', async () => {
    expect(await get('/v2')).toMatchObject([
      200,
      { extensions: ['binary_tensor_data', 'generate', 'model_repository'] },
    ]);
    expect(await get('/v2/health/live')).toEqual([200, { live: true }]);
    expect(await get('/v2/health/ready')).toEqual([200, { live: true, ready: true }]);
    expect(await get('/v2/models/minilm/ready')).toEqual([200, { name: 'minilm', ready: true }]);
    expect(await get('/v2/models/minilm/versions/1/ready')).toEqual([200, { name: 'minilm', ready: true }]);
    const head = { versions: ['1'], platform: 'onnxruntime_onnx' };
    const text = { name: 'text', datatype: 'BYTES', shape: [-1] };
    expect(await get('/v2/models/minilm')).toEqual([
      200,
      { name: 'minilm', ...head, inputs: [text], outputs: [{ name: 'embedding', datatype: 'FP32', shape: [-1, 3] }] },
    ]);
    expect(await get('/v2/models/judge/versions/1')).toEqual([
      200,
      {
        name: 'judge',
        ...head,
        inputs: [{ name: 'query', datatype: 'BYTES', shape: [1] }, text],
        outputs: [{ name: 'score', datatype: 'FP32', shape: [-1] }],
      },
    ]);
    expect(await get('/v2/models/storyteller')).toMatchObject([200, { inputs: [{ name: 'text_input' }] }]);
    for (const path of ['/v2/models/none', '/v2/models/minilm/versions/2', '/v2/nothing']) {
      expect(await get(path)).toEqual([404, { error: expect.any(String) as string }]);
    }
  });

  it('answers JSON, flat or nested, with the id that it was given', async () => {
    const expected = {
      model_name: 'minilm',
      model_version: '1',
      id: '7',
      outputs: [{ name: 'embedding', datatype: 'FP32', shape: [2, 3], data: [2, 0.5, -1, 3, 0.5, -1] }],
    };
    expect(await infer('minilm', { id: '7', inputs: [texts(['ab', 'abc'])] })).toEqual([200, expected]);
    expect(await infer('minilm', { id: '7', inputs: [texts([['ab'], ['abc']], [2, 1])] })).toEqual([200, expected]);
    const versioned = await server.post('/v2/models/minilm/versions/1/infer', {
      id: '7',
      inputs: [texts(['ab', 'abc'])],
    });
    expect(await versioned.json()).toEqual(expected);
  });

  it('answers with scores, and with labels, those that are asked for in their order', async () => {
    const query = texts(['q'], [1], 'query');
    const [, ranked] = await infer('judge', { inputs: [query, texts(['short', 'a long one'])] });
    const sigmoid = (x: number): number => Math.fround(1 / (1 + Math.exp(-x)));
    expect(ranked.outputs).toEqual([{ name: 'score', datatype: 'FP32', shape: [2], data: [-1, 4].map(sigmoid) }]);
    const [, moods] = await infer('moods', {
      inputs: [texts(['abcdefgh'])],
      outputs: [{ name: 'score' }, { name: 'label' }],
    });
    expect(moods.outputs.map(({ name, shape }) => [name, shape])).toEqual([
      ['score', [1, 2]],
      ['label', [1]],
    ]);
    expect(moods.outputs[1].data).toEqual(['good']);
  });

  it('takes and gives tensors as bytes', async () => {
    const bytes = packed(['ab', 'é漢']);
    const input = { name: 'text', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: bytes.length } };
    const response = await binary({ inputs: [input], parameters: { binary_data_output: true } }, bytes);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
    const body = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get('inference-header-content-length'));
    const { outputs } = JSON.parse(body.subarray(0, length).toString()) as Answer;
    expect(outputs).toEqual([
      { name: 'embedding', datatype: 'FP32', shape: [2, 3], parameters: { binary_data_size: 24 } },
    ]);
    const rest = body.subarray(length);
    expect(Array.from({ length: 6 }, (_, i) => rest.readFloatLE(4 * i))).toEqual([2, 0.5, -1, 2, 0.5, -1]);
    // What an output says of itself comes before what the request says.
    const asked = { name: 'embedding', parameters: { binary_data: false } };
    const plain = await binary({ inputs: [input], outputs: [asked], parameters: { binary_data_output: true } }, bytes);
    expect(((await plain.json()) as Answer).outputs[0].data).toEqual([2, 0.5, -1, 2, 0.5, -1]);
  });

  it.each<[string, object, RegExp]>([
    ['no inputs', {}, /inputs must be a list/],
    ['another datatype', { inputs: [{ ...texts([1]), datatype: 'FP32' }] }, /datatype BYTES/],
    ['an unknown datatype', { inputs: [{ ...texts([1]), datatype: 'BF16' }] }, /must be of a datatype: BOOL, UINT8/],
    [
      'a shape that is not its data',
      { inputs: [texts(['a', 'b'], [3])] },
      /shape of "text" has 3 elements, and its data 2/,
    ],
    ['a shape of no numbers', { inputs: [texts(['a'], [-1])] }, /must have a shape/],
    ['numbers', { inputs: [texts([1])] }, /must be texts/],
    ['an empty text', { inputs: [texts(['a', ''])] }, /element 1 of "text" is empty/],
    [
      'an input that the model does not have',
      { inputs: [texts(['a'], [1], 'ids')] },
      /has no input "ids": it takes text/,
    ],
    ['an input twice', { inputs: [texts(['a']), texts(['b'])] }, /"text" twice/],
    ['an output that the model does not have', { inputs: [texts(['a'])], outputs: [{ name: 'x' }] }, /no output "x"/],
    [
      'an output twice',
      { inputs: [texts(['a'])], outputs: [{ name: 'embedding' }, { name: 'embedding' }] },
      /"embedding" twice/,
    ],
    ['a list', [], /must be an object/],
    [
      'bytes that are not there',
      { inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], parameters: { binary_data_size: 5 } }] },
      /does not have/,
    ],
    [
      'too many texts',
      { inputs: [texts(Array.from({ length: 2049 }, () => 'a'))] },
      /2049 elements, and may have 2048/,
    ],
    ['no texts', { inputs: [texts([], [0])] }, /has no element/],
    ['much JSON', { inputs: [texts(['a'.repeat(2 ** 21)])] }, /send its tensors as bytes/],
  ])('refuses %s', async (_, body, message) => {
    const [status, { error }] = await infer('minilm', body);
    expect([status, error]).toEqual([400, expect.stringMatching(message)]);
  });

  it('refuses a model that generates, and a query that is missing', async () => {
    expect(await infer('storyteller', { inputs: [texts(['a'])] })).toMatchObject([400, { error: /generates|cannot/ }]);
    expect((await infer('judge', { inputs: [texts(['a'])] }))[1].error).toMatch(/no input "query"/);
    const empty = { inputs: [texts([''], [1], 'query'), texts(['a'])] };
    expect((await infer('judge', empty))[1].error).toMatch(/element 0 of "query" is empty/);
  });

  it('gives 400 to every body of bytes that is not what it says, and changes no other answer', async () => {
    const values = ['ab', 'c', 'd'];
    /** The rules of the protocol once more: is a body what it says? */
    const isWhole = (sent: Buffer, size: number, shape: readonly number[], header: boolean): boolean => {
      if (!header || size !== sent.length || shape.length === 0 || shape.some((length) => length < 0)) return false;
      let [at, count] = [0, 0];
      for (; at + 4 <= sent.length; count++) at += 4 + sent.readUInt32LE(at);
      return at === sent.length && count > 0 && count === shape.reduce((a, b) => a * b, 1);
    };
    let taken = 0;
    const mutation = fc.record({
      size: fc.option(fc.integer({ min: -5, max: 40 }), { freq: 2 }),
      shape: fc.oneof(fc.constant([3]), fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 3 })),
      header: fc.option(fc.integer({ min: -3, max: 200 }), { freq: 2 }),
      lengths: fc.oneof(
        fc.constant([]),
        fc.array(fc.nat({ max: 2 ** 32 - 1 }), { maxLength: 3 }),
        fc.array(fc.nat({ max: 3 }), { maxLength: 3 }),
      ),
      cut: fc.oneof(fc.constant(0), fc.nat({ max: 12 })),
    });
    const good = async (): Promise<unknown> =>
      (await infer('minilm', { inputs: [texts(['neighbour'])] }))[1].outputs[0].data;
    const expected = await good();
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 20, maxLength: 20 }), async (mutations) => {
        const answers = mutations.map(async ({ size, shape, header, lengths, cut }) => {
          const bytes = packed(values);
          for (const [i, length] of lengths.entries()) bytes.writeUInt32LE(length, 4 * i);
          const sent = bytes.subarray(0, bytes.length - cut);
          const parameters = { binary_data_size: size ?? sent.length };
          const json = { inputs: [{ name: 'text', datatype: 'BYTES', shape, parameters }] };
          const isHeader = header === null || header === Buffer.byteLength(JSON.stringify(json));
          const response = await binary(json, sent, header ?? undefined);
          // Empty texts are what they say, and nothing for a model.
          const isGood = isWhole(sent, parameters.binary_data_size, shape, isHeader) && !hasEmpty(sent);
          if (isGood) taken++;
          return [isGood ? 200 : 400, response.status, await response.text()] as const;
        });
        const [neighbour, ...all] = await Promise.all([good(), ...answers]);
        expect(neighbour).toEqual(expected);
        for (const [wanted, status, text] of all as (readonly [number, number, string])[]) {
          expect([status, text]).toEqual([
            wanted,
            expect.stringMatching(wanted === 200 ? /"embedding"/ : /^{"error":"/),
          ]);
        }
      }),
      { numRuns: 100 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it('generates, and streams the same', async () => {
    const body = { text_input: 'Once', id: 'a', parameters: { details: true, max_tokens: 50 } };
    const whole = await server.post('/v2/models/storyteller/generate', body);
    const head = { id: 'a', model_name: 'storyteller', model_version: '1' };
    const details = { finish_reason: 'eos_token' };
    expect(await whole.json()).toEqual({ ...head, text_output: 'Once and so on', details });
    const stream = await server.post('/v2/models/storyteller/generate_stream', body);
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    const pieces = (await stream.text())
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice(6)) as { text_output: string });
    expect(pieces.map(({ text_output: text }) => text).join('')).toBe('Once and so on');
    expect(pieces.at(-1)).toMatchObject({ ...head, details });
    const refused = await server.post('/v2/models/storyteller/generate', { text_input: '', parameters: { top_p: 2 } });
    expect([refused.status, await refused.json()]).toEqual([
      400,
      { error: expect.stringMatching(/text_input/) as string },
    ]);
    expect((await server.post('/v2/models/minilm/generate', { text_input: 'a' })).status).toBe(400);
    // A key of one model's path is none of another's.
    const keyed = { headers: { 'idempotency-key': 'k' } };
    const names = [];
    for (const model of ['storyteller', 'narrator', 'storyteller']) {
      const answer = await server.post(`/v2/models/${model}/generate`, { text_input: 'a' }, keyed);
      names.push([((await answer.json()) as Answer).model_name, answer.headers.get('idempotent-replayed')]);
    }
    expect(names).toEqual([
      ['storyteller', null],
      ['narrator', null],
      ['storyteller', 'true'],
    ]);
  });
});

it('answers for the bundled models what their own routes answer', async () => {
  const server = await startServer({
    yaml: `models: [{ name: storyteller, path: ${process.cwd()}/models/storyteller }, { name: sentences, path: ${process.cwd()}/models/sentences }]`,
  });
  await waitFor(async () => (await fetch(`${server.url}/v2/health/ready`, { headers })).status === 200);
  const [own, open] = await Promise.all([
    server.post('/v1/embeddings', { model: 'sentences', input: ['Cats eat mice.', 'Berlin is a city.'] }),
    server.post('/v2/models/sentences/infer', { inputs: [texts(['Cats eat mice.', 'Berlin is a city.'])] }),
  ]);
  const { data } = (await own.json()) as { data: { embedding: number[] }[] };
  const { outputs } = (await open.json()) as Answer;
  expect(outputs[0].data).toEqual(data.flatMap(({ embedding }) => embedding));
  const params = { temperature: 0, max_tokens: 12 };
  const completion = await server.post('/v1/completions', { prompt: 'Once upon a time', ...params });
  const generated = await server.post('/v2/models/storyteller/generate', {
    text_input: 'Once upon a time',
    parameters: params,
  });
  const { choices } = (await completion.json()) as { choices: { text: string }[] };
  expect(((await generated.json()) as { text_output: string }).text_output).toBe(choices[0].text);
  await server.close();
});
