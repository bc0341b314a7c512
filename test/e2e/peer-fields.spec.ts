import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IGNORED_FIELDS, REFUSED_FIELDS } from '../../libs/inference-http/dist/openai/request/peer-fields.js';
import { ModelCopy } from '../support/model-copy.ts';
import { startServer, STORYTELLER, type TestServer, waitFor } from '../support/server.ts';

const CHAT = { messages: [{ role: 'user', content: 'Hello!' }], max_tokens: 1, temperature: 0 };
const COMPLETION = { prompt: 'Once upon a time', max_tokens: 1, temperature: 0 };
const ROUTES = [
  ['/v1/chat/completions', CHAT],
  ['/v1/completions', COMPLETION],
] as const;

/** Fields that one of the routes has, and the other has not. */
const OWN: Record<string, readonly string[]> = {
  '/v1/chat/completions': ['tools', 'tool_choice'],
  '/v1/completions': ['echo', 'prompt_logprobs', 'return_token_ids'],
};

interface Answer {
  choices: { text?: string; message?: { content: string }; finish_reason: string; logprobs?: unknown }[];
  usage: { prompt_tokens: number };
  error?: { param: string | null; message: string };
}

describe('fields of other servers', () => {
  let server: TestServer;
  const moody = new ModelCopy();
  beforeAll(async () => {
    moody.edit('tokenizer_config.json', ({ chat_template }: { chat_template: string }) => ({
      chat_template: `${chat_template}{% if mood is defined %} {{ mood.name }}{% endif %}{% if reasoning_effort is defined %} {{ reasoning_effort }}{% endif %}`,
    }));
    const yaml = `models: [{ name: storyteller, path: ${STORYTELLER} }, { name: moody, path: ${moody.path} }]`;
    server = await startServer({ yaml, env: { RATE_LIMIT_RPM: '100000' } });
    await waitFor(async () => (await fetch(`${server.url}/ready`)).status === 200);
  });
  afterAll(async () => {
    await server.close();
    moody.remove();
  });

  const post = async (path: string, body: object): Promise<{ response: Response; answer: Answer }> => {
    const response = await server.post(path, body);
    return { response, answer: (await response.json()) as Answer };
  };
  const text = async (path: string, body: object): Promise<string> => {
    const { response, answer } = await post(path, body);
    expect([response.status, answer.error]).toEqual([200, undefined]);
    return answer.choices[0].text ?? answer.choices[0].message!.content;
  };

  it.each(Object.entries(REFUSED_FIELDS))('%s is refused by name, unless it asks for nothing', async (field, rule) => {
    for (const [path, body] of ROUTES) {
      if (OWN[path].includes(field)) continue;
      const { response, answer } = await post(path, { ...body, [field]: rule.example });
      expect([response.status, answer.error!.param, answer.error!.message]).toEqual([
        400,
        field,
        expect.stringContaining(rule.why),
      ]);
    }
    // What it has itself takes no other server's word for nothing.
    const defaults = OWN['/v1/completions'].includes(field) ? [] : rule.defaults;
    for (const value of [null, ...defaults]) {
      const { response } = await post('/v1/completions', { ...COMPLETION, [field]: value });
      expect([value, response.status, response.headers.get('warning')]).toEqual([value, 200, null]);
    }
  });

  it.each(Object.keys(IGNORED_FIELDS))('%s changes nothing', async (field) => {
    for (const [path, body] of ROUTES) {
      const { response } = await post(path, { ...body, [field]: { any: ['value'] } });
      expect([response.status, response.headers.get('warning')]).toEqual([200, null]);
    }
  });

  it('that nobody knows pass, and are named in a header', async () => {
    for (const [path, body] of [...ROUTES, ['/tokenize', { prompt: 'x' }] as const]) {
      const { response } = await post(path, { ...body, brand_new: 1, 'b"a\r\nd': true });
      expect([response.status, response.headers.get('warning')]).toEqual([
        200,
        '299 - "Unknown fields were ignored: brand_new, b?a??d"',
      ]);
    }
  });

  it('are refused on our own routes, with the field that was probably meant', async () => {
    const { response, answer } = await post('/v1/infer', { prompt: 'x', params: { temprature: 1 } });
    expect([response.status, JSON.stringify(answer)]).toEqual([
      422,
      expect.stringContaining('\\"temprature\\" is not a known field; did you mean \\"temperature\\"?'),
    ]);
  });

  describe('are served:', () => {
    it('include_stop_str_in_output', async () => {
      const body = { ...COMPLETION, max_tokens: 40 };
      const whole = await text('/v1/completions', body);
      const stop = /\w+ \w+/.exec(whole.slice(10))![0];
      const cut = await text('/v1/completions', { ...body, stop });
      expect(cut).toBe(whole.slice(0, whole.indexOf(stop)));
      expect(await text('/v1/completions', { ...body, stop, include_stop_str_in_output: true })).toBe(cut + stop);
    });

    it('allowed_token_ids', async () => {
      const { tokens } = (await (
        await server.post('/tokenize', { prompt: ' fox', add_special_tokens: false })
      ).json()) as { tokens: number[] };
      const body = { ...COMPLETION, max_tokens: 4, allowed_token_ids: tokens.slice(0, 1) };
      const answer = await text('/v1/completions', body);
      expect(new Set(answer.match(/.{1,4}/g)).size).toBe(1);
    });

    it('allowed_token_ids and min_tokens, which may leave nothing', async () => {
      for (const fields of [
        { allowed_token_ids: [0], min_tokens: 3 },
        { allowed_token_ids: [5], stop_token_ids: [5], min_tokens: 2, temperature: 1 },
      ]) {
        const { response, answer } = await post('/v1/completions', { ...COMPLETION, max_tokens: 8, ...fields });
        expect([response.status, answer.error!.message]).toEqual([400, expect.stringContaining('forbids every token')]);
      }
    });

    it('skip_special_tokens', async () => {
      const body = { ...COMPLETION, ignore_eos: true, allowed_token_ids: [2], max_tokens: 2 };
      expect(await text('/v1/completions', body)).toBe('');
      expect(await text('/v1/completions', { ...body, skip_special_tokens: false })).toBe('<|assistant|><|assistant|>');
    });

    it('a stop string that is a special token', async () => {
      const body = { ...COMPLETION, allowed_token_ids: [2], max_tokens: 5 };
      const { answer } = await post('/v1/completions', { ...body, stop: ['<|assistant|>'] });
      expect(answer.choices[0]).toMatchObject({ text: '', finish_reason: 'stop' });
      const included = { ...body, stop: '<|assistant|>', include_stop_str_in_output: true };
      expect(await text('/v1/completions', included)).toBe('<|assistant|>');
    });

    it('truncate_prompt_tokens', async () => {
      const prompt = 'The fox ran. '.repeat(3000);
      const { answer } = await post('/v1/completions', { ...COMPLETION, prompt, truncate_prompt_tokens: 7 });
      expect(answer.usage.prompt_tokens).toBe(7);
      const fitted = await post('/v1/completions', { ...COMPLETION, prompt, truncate_prompt_tokens: -1 });
      expect(fitted.answer.usage.prompt_tokens).toBe(1023);
      const short = { ...CHAT, max_tokens: undefined, truncate_prompt_tokens: -1 };
      expect((await post('/v1/chat/completions', short)).answer.usage.prompt_tokens).toBe(5);
      const wrong = await post('/v1/completions', { ...COMPLETION, truncate_prompt_tokens: 1024 });
      expect([wrong.response.status, wrong.answer.error!.param]).toEqual([400, 'truncate_prompt_tokens']);
    });

    it('add_special_tokens on completions', async () => {
      const tokens = async (add_special_tokens?: boolean): Promise<number> =>
        (await post('/v1/completions', { ...COMPLETION, add_special_tokens })).answer.usage.prompt_tokens;
      expect([await tokens(), await tokens(true), await tokens(false)]).toEqual([5, 5, 4]);
    });

    it.each([
      ['chat_template_kwargs', { chat_template_kwargs: { mood: { name: 'Once' } } }, '<|assistant|> Once'],
      ['reasoning_effort', { reasoning_effort: 'low' }, '<|assistant|> low'],
      ['add_generation_prompt', { add_generation_prompt: false }, ''],
    ])('%s', async (_, fields, end) => {
      const settings = { model: 'moody', max_tokens: 12, temperature: 0, ignore_eos: true };
      const chat = await post('/v1/chat/completions', { ...CHAT, ...settings, ...fields });
      const prompt = `<|endoftext|><|user|>Hello!${end}`;
      const written = await post('/v1/completions', { prompt, add_special_tokens: false, ...settings });
      expect(chat.answer.choices[0].message!.content).toBe(written.answer.choices[0].text);
      expect(chat.answer.usage.prompt_tokens).toBe(written.answer.usage.prompt_tokens);
    });

    it('continue_final_message', async () => {
      const settings = { max_tokens: 12, temperature: 0 };
      const messages = [...CHAT.messages, { role: 'assistant', content: 'Once upon a' }];
      const going = { messages, continue_final_message: true, add_generation_prompt: false, ...settings };
      const prompt = '<|endoftext|><|user|>Hello!<|assistant|>Once upon a';
      expect(await text('/v1/chat/completions', going)).toBe(
        await text('/v1/completions', { prompt, add_special_tokens: false, ...settings }),
      );
      for (const fields of [{ add_generation_prompt: true }, { messages: CHAT.messages }]) {
        const { response, answer } = await post('/v1/chat/completions', { ...going, ...fields });
        expect([response.status, answer.error!.param]).toEqual([400, 'continue_final_message']);
      }
    });

    it('guided_json, structured_outputs and json_object with a schema', async () => {
      const schema = { enum: ['fox', 'dog'] };
      const bodies = [
        { guided_json: schema },
        { guided_json: JSON.stringify(schema) },
        { structured_outputs: { json: schema } },
        { response_format: { type: 'json_object', schema } },
      ];
      for (const body of bodies) {
        expect(['"fox"', '"dog"']).toContain(await text('/v1/completions', { ...COMPLETION, ...body, max_tokens: 9 }));
      }
      const both = await post('/v1/completions', { ...COMPLETION, ...bodies[0], ...bodies[2] });
      expect([both.response.status, both.answer.error!.param]).toEqual([400, 'response_format']);
      const other = await post('/v1/completions', { ...COMPLETION, structured_outputs: { choice: ['a'] } });
      expect([other.response.status, other.answer.error!.param]).toEqual([400, 'structured_outputs']);
    });

    it('seeds of 64 bits, which n answers draw from one after the other', async () => {
      const body = '{"prompt":"Tom","max_tokens":8,"n":2,"temperature":2,"seed":9223372036854775807}';
      const response = await server.post('/v1/completions', body);
      const { choices } = (await response.json()) as Answer;
      expect([response.status, new Set(choices.map((choice) => choice.text)).size]).toEqual([200, 2]);
    });

    it('log probabilities of the chosen token, likely or not', async () => {
      for (const logprobs of [0, 1, 2]) {
        const { answer } = await post('/v1/completions', {
          ...COMPLETION,
          max_tokens: 60,
          temperature: 2,
          seed: 1,
          logprobs,
        });
        const { tokens, token_logprobs, top_logprobs } = answer.choices[0].logprobs as {
          tokens: string[];
          token_logprobs: number[];
          top_logprobs: Record<string, number>[];
        };
        expect(tokens.map((token, i) => top_logprobs[i][token])).toEqual(token_logprobs);
        for (const top of top_logprobs) expect([logprobs || 1, logprobs + 1]).toContain(Object.keys(top).length);
      }
    });
  });

  it.each([
    ['logit_bias', { '4096': 100 }],
    ['stop_token_ids', [4096]],
    ['allowed_token_ids', [1, 4096]],
  ])('%s past the vocabulary is refused, naming id and size', async (field, value) => {
    for (const [path, body] of ROUTES) {
      const { response, answer } = await post(path, { ...body, [field]: value });
      expect([response.status, answer.error!.param, answer.error!.message]).toEqual([
        400,
        field,
        expect.stringMatching(/4096 .*0 to 4095/),
      ]);
    }
  });
});
