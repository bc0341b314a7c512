import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ModelCopy } from '../support/model-copy.ts';
import { readStream, startServer, STORYTELLER, type TestServer, waitFor } from '../support/server.ts';

interface Answer {
  error?: { message: string; code: string; param: string | null };
  usage?: { prompt_tokens: number };
  choices?: { text: string }[];
}

const STREAM = { prompt: 'Tom', params: { max_new_tokens: 400, ignore_eos: true, temperature: 0 } };

describe('long texts', () => {
  const elastic = new ModelCopy();
  let server: TestServer;
  beforeAll(async () => {
    // A token that takes the white space beside it: no length of a text proves that it has many tokens. And an expression that
    // tries every division of a run of "a".
    elastic.edit('tokenizer.json', ({ added_tokens, pre_tokenizer }: Record<string, object[]>) => ({
      added_tokens: added_tokens.map((token, i) => (i === 3 ? { ...token, lstrip: true } : token)),
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: '(?:a|aa)+b' }, behavior: 'Isolated', invert: false },
          pre_tokenizer,
        ],
      },
    }));
    const yaml = `models: [{ name: storyteller, path: ${STORYTELLER} }, { name: elastic, path: ${elastic.path} }]`;
    // Five seconds of processor time are many more where others use the processor, and no deadline is the subject here.
    server = await startServer({ yaml, env: { QUEUE_TIMEOUT_MS: '110000', REQUEST_TIMEOUT_MS: '115000' } });
    await waitFor(async () => (await fetch(`${server.url}/ready`)).status === 200);
  });
  afterAll(async () => {
    await server.close();
    elastic.remove();
  });

  const post = async (body: object, path = '/v1/completions'): Promise<{ status: number; answer: Answer }> => {
    const response = await server.post(path, body);
    return { status: response.status, answer: (await response.json()) as Answer };
  };

  it.each([
    ['white space', ' '.repeat(1_900_000)],
    ['one letter', 'a'.repeat(1_900_000)],
    ['prose', 'The fox ran through the forest and found a house. '.repeat(38_000)],
  ])('of %s that cannot fit are refused by their length, and nobody notices', async (_, prompt) => {
    const stream = server.post('/v1/infer/stream', STREAM);
    const { status, answer } = await post({ prompt });
    expect([status, answer.error!.code]).toEqual([400, 'context_length_exceeded']);
    const { events } = await readStream(await stream);
    expect(events.at(-1)).toMatchObject({ event: 'done', data: { usage: { completion_tokens: 400 } } });
  });

  it.each([
    ['long', 'The fox ran. '.repeat(2000)],
    ['short', ''],
  ])(
    'that are %s and take for ever are given up, while streams run and others are answered',
    { timeout: 120_000 },
    async (_, begin) => {
      const { engine } = server;
      const restarts = engine.restarts;
      const stream = server.post('/v1/infer/stream', STREAM);
      const hostile = post({ model: 'elastic', prompt: `${begin}${'a'.repeat(100)}` });
      const others = await Promise.all(
        Array.from({ length: 5 }, () => post({ model: 'elastic', prompt: 'hello', max_tokens: 1 })),
      );
      expect(others.map(({ status }) => status)).toEqual(others.map(() => 200));
      const { status, answer } = await hostile;
      expect([status, answer.error]).toMatchObject([
        400,
        { code: 'invalid_request', message: expect.stringMatching(/takes too long to tokenize/) as string },
      ]);
      const { events } = await readStream(await stream);
      expect(events.at(-1)!.event).toBe('done');
      expect(engine.restarts).toBe(restarts);
      // The process that was ended is started again where it is needed.
      const next = await post({ model: 'elastic', prompt: 'The fox ran. '.repeat(2000), truncate_prompt_tokens: 9 });
      expect([next.status, next.answer.usage?.prompt_tokens]).toEqual([200, 9]);
    },
  );

  it('are written by a chat template off the loop, and bounded', async () => {
    const messages = Array.from({ length: 4096 }, (_, i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'x' }));
    const { status, answer } = await post({ messages }, '/v1/chat/completions');
    expect([status, answer.error!.code]).toEqual([400, 'context_length_exceeded']);
  });

  it('are cut where that is asked for', async () => {
    const prompt = `${'word '.repeat(300_000)}Once upon a time`;
    const cut = await post({ prompt, truncate_prompt_tokens: 6, max_tokens: 8, temperature: 0 });
    const alone = await post({
      prompt: ' word Once upon a time',
      add_special_tokens: false,
      max_tokens: 8,
      temperature: 0,
    });
    expect([cut.status, cut.answer.choices![0].text]).toEqual([200, alone.answer.choices![0].text]);
  });

  it.each(['-', 'o', '7'])(
    'are cut as the whole text is, where each place depends on all before it: %s',
    async (letter) => {
      const prompt = letter.repeat(924);
      const { tokens } = (await (await server.post('/tokenize', { prompt })).json()) as { tokens: number[] };
      const settings = { max_tokens: 1, logprobs: 5, temperature: 0 };
      const cut = await post({ prompt, truncate_prompt_tokens: 7, ...settings });
      const whole = await post({ prompt: tokens.slice(-7), ...settings });
      expect(cut.answer.choices).toEqual(whole.answer.choices);
    },
  );

  it('do not make others believe that they would wait', async () => {
    const long = Array.from({ length: 8 }, () => post({ prompt: 'word '.repeat(370_000), max_tokens: 64 }));
    const short = await Promise.all(Array.from({ length: 4 }, () => post({ prompt: 'hello', max_tokens: 1 })));
    expect(short.map(({ status, answer }) => [status, answer.error?.message])).toEqual(
      short.map(() => [200, undefined]),
    );
    for (const { status, answer } of await Promise.all(long)) {
      expect([status, answer.error!.code]).toEqual([400, 'context_length_exceeded']);
    }
  });
});

describe('texts', () => {
  let server: TestServer | undefined;
  let model: ModelCopy | undefined;
  afterEach(async () => {
    await server?.close();
    model?.remove();
  });

  const start = async (change: (copy: ModelCopy) => void, env: Record<string, string> = {}): Promise<TestServer> => {
    model = new ModelCopy();
    change(model);
    server = await startServer({ yaml: `models: [{ name: m, path: ${model.path} }]`, env });
    return server;
  };

  it('with an added token past the embeddings are plain text, and close the model for nobody', async () => {
    const { post, url } = await start((copy) =>
      copy.edit('tokenizer.json', ({ added_tokens }: { added_tokens: object[] }) => ({
        added_tokens: [...added_tokens, { id: 4096, content: '[PAD]', special: true }],
      })),
    );
    for (let i = 0; i < 6; i++) {
      expect((await post('/v1/infer', { prompt: 'hi [PAD]', params: { max_new_tokens: 1 } })).status).toBe(200);
    }
    const { degraded } = (await (await fetch(`${url}/readyz`)).json()) as { degraded: string[] };
    expect(degraded).toEqual([expect.stringMatching(/model "m": .*"\[PAD\]" \(4096\).*plain text/)]);
  });

  it('with a token of the vocabulary past the embeddings are refused by name, and never count for the breaker', async () => {
    const { post, engine } = await start((copy) =>
      copy.edit('tokenizer.json', ({ model: { vocab, ...rest } }: { model: { vocab: object } }) => ({
        model: {
          ...rest,
          vocab: { ...vocab, xq: 4096 },
          merges: [...(rest as { merges: string[][] }).merges, ['x', 'q']],
        },
      })),
    );
    for (let i = 0; i < 6; i++) {
      const response = await post('/v1/infer', { prompt: 'hi xq', params: { max_new_tokens: 1 } });
      expect([response.status, await response.json()]).toMatchObject([
        422,
        { code: 'invalid_request', detail: expect.stringContaining('"xq", token 4096') as string },
      ]);
    }
    expect((await post('/v1/infer', { prompt: 'hi', params: { max_new_tokens: 1 } })).status).toBe(200);
    expect(engine.restarts).toBe(0);
  });

  it('are counted among the tokens of a minute', async () => {
    const { post } = await start(() => {}, { TOKENS_PER_MINUTE: '100' });
    const body = { tokens: Array.from({ length: 800 }, () => 7) };
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await post('/detokenize', body)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('come back from their process when it is killed', async () => {
    const { post, engine } = await start(() => {});
    const [pid] = engine.textPids;
    process.kill(pid, 'SIGKILL');
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => post('/tokenize', { prompt: 'Once upon a time' })),
    );
    for (const answer of answers) expect(await answer.json()).toMatchObject({ count: 5 });
    expect(engine.textPids).not.toContain(pid);
  });

  it('have a chat template that cannot be computed named at the start, and told as the server’s fault', async () => {
    const { post, url } = await start((copy) =>
      copy.edit('tokenizer_config.json', () => ({ chat_template: "{{ [1,2]|groupby('x') }}" })),
    );
    const { degraded } = (await (await fetch(`${url}/readyz`)).json()) as { degraded: string[] };
    expect(degraded).toEqual([expect.stringMatching(/chat template cannot be used: .*groupby/)]);
    const response = await post('/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }] });
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { error: { code: 'chat_template_invalid', message: expect.not.stringContaining('groupby') as string } },
    ]);
    expect((await post('/v1/completions', { prompt: 'x', max_tokens: 1 })).status).toBe(200);
  });

  it('end at the end that the tokenizer names, though the configuration names another', async () => {
    const { post } = await start((copy) => {
      copy.edit('tokenizer_config.json', () => ({ eos_token: '<|assistant|>' }));
      for (const file of ['config.json', 'generation_config.json']) copy.edit(file, () => ({ eos_token_id: 3 }));
    });
    const body = { prompt: 'x', allowed_token_ids: [2], max_tokens: 5 };
    const answer = (await (await post('/v1/completions', body)).json()) as { choices: object[] };
    expect(answer.choices[0]).toMatchObject({ text: '', finish_reason: 'stop' });
  });
});
