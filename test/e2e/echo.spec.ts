import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer, TOKEN } from '../support/server.ts';

const PROMPT = 'Once upon a time there was a little dog';

describe('completions that echo their prompts', () => {
  let server: TestServer;
  let client: OpenAI;
  beforeAll(async () => {
    server = await startServer({ env: { RATE_LIMIT_RPM: '100000' } });
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: TOKEN, maxRetries: 0 });
  });
  afterAll(() => server.close());
  const settings = { model: 'storyteller', temperature: 0, echo: true };

  it('put the prompt before the text, a text as it came, ids as theirs', async () => {
    const { text } = (await client.completions.create({ ...settings, prompt: PROMPT, max_tokens: 6, echo: false }))
      .choices[0];
    const echoed = await client.completions.create({ ...settings, prompt: PROMPT, max_tokens: 6 });
    expect(echoed.choices[0]).toMatchObject({ text: PROMPT + text, logprobs: null });
    const tokens = await server.post('/tokenize', { prompt: PROMPT });
    const { tokens: ids } = (await tokens.json()) as { tokens: number[] };
    const byIds = await client.completions.create({ ...settings, prompt: ids, max_tokens: 6, logprobs: 0 });
    expect(byIds.choices[0].text).toBe(PROMPT + text);
    expect(byIds.choices[0].logprobs!.tokens).toHaveLength(ids.length + 6);
  });

  it('give what harnesses for evaluation read: log probabilities of the prompt alone, the first one null', async () => {
    const body = { ...settings, prompt: PROMPT, max_tokens: 0, logprobs: 2 };
    const { choices, usage } = await client.completions.create(body);
    const [{ text, finish_reason: reason, logprobs }] = choices;
    expect([text, reason, usage!.completion_tokens]).toEqual([PROMPT, 'length', 0]);
    const { tokens, token_logprobs: own, top_logprobs: top, text_offset: offsets } = logprobs!;
    expect(tokens!.length).toBe(usage!.prompt_tokens);
    expect([own![0], top![0]]).toEqual([null, null]);
    expect(own!.slice(1).every((logprob) => logprob < 0)).toBe(true);
    expect(Object.keys(top![1]).length).toBeGreaterThanOrEqual(2);
    expect(tokens!.filter((token) => !token.startsWith('token_id:')).join('')).toBe(PROMPT);
    expect(offsets!.at(-1)).toBe(PROMPT.length - tokens!.at(-1)!.length);
    // The likelihood of what the model says greedily is the one that it had.
    const said = await client.completions.create({ ...body, echo: false, max_tokens: 8, logprobs: 1 });
    const again = await client.completions.create({ ...body, prompt: PROMPT + said.choices[0].text });
    const [first, second] = [
      said.choices[0].logprobs!.token_logprobs!,
      again.choices[0].logprobs!.token_logprobs!.slice(-8),
    ];
    for (const [i, value] of first.entries()) expect(Math.abs(value - second[i])).toBeLessThan(0.15);
  });

  it("answer the requests of lm-eval's local-completions, in which a likely continuation is likelier than another", async () => {
    const idsOf = async (prompt: string): Promise<number[]> =>
      ((await (await server.post('/tokenize', { prompt })).json()) as { tokens: number[] }).tokens;
    const context = await idsOf('Once upon a time, there was a little girl named');
    const continuations = await Promise.all([' Lily', ' soup'].map((text) => idsOf(text)));
    // Its tokens of a continuation have no beginning of a text before them.
    const prompts = continuations.map((ids) => [...context, ...ids.filter((id) => id !== context[0])]);
    const body = {
      model: 'storyteller',
      prompt: prompts,
      temperature: 0,
      max_tokens: 1,
      logprobs: 1,
      seed: 1234,
      echo: true,
    };
    const answer = (await (await server.post('/v1/completions', body)).json()) as OpenAI.Completion;
    const likelihoods = answer.choices.map(({ logprobs }) =>
      logprobs!.token_logprobs!.slice(context.length, -1).reduce((sum, value) => sum + value, 0),
    );
    expect(answer.choices.map(({ logprobs }) => logprobs!.tokens!.length)).toEqual(
      prompts.map((ids) => ids.length + 1),
    );
    expect(likelihoods[0]).toBeGreaterThan(likelihoods[1]);
  });

  it('stream the prompt with its log probabilities first, for each of several prompts and choices', async () => {
    const prompts = [PROMPT, 'Tom had'];
    const body = { ...settings, prompt: prompts, n: 2, max_tokens: 3, logprobs: 1, seed: 1, temperature: 1 };
    const whole = await client.completions.create(body);
    const pieces: string[] = ['', '', '', ''];
    const logprobs: (number | null)[][] = [[], [], [], []];
    for await (const { choices } of await client.completions.create({ ...body, stream: true })) {
      for (const choice of choices) {
        if (pieces[choice.index] === '') expect(choice.text.startsWith(prompts[choice.index >> 1])).toBe(true);
        pieces[choice.index] += choice.text;
        logprobs[choice.index].push(...(choice.logprobs?.token_logprobs ?? []));
      }
    }
    expect(pieces).toEqual(whole.choices.map(({ text }) => text));
    expect(logprobs).toEqual(whole.choices.map((choice) => choice.logprobs!.token_logprobs));
  });

  interface Choice {
    text: string;
    token_ids?: number[];
    prompt_token_ids?: number[];
    prompt_logprobs?: (Record<string, { logprob: number; rank: number; decoded_token: string }> | null)[];
    logprobs: OpenAI.CompletionChoice['logprobs'];
  }
  const complete = async (body: object): Promise<Choice[]> =>
    ((await (await server.post('/v1/completions', { temperature: 0, ...body })).json()) as { choices: Choice[] })
      .choices;
  const idsOf = async (prompt: string): Promise<number[]> =>
    ((await (await server.post('/tokenize', { prompt })).json()) as { tokens: number[] }).tokens;

  it('return the ids of tokens, of prompts that are texts, ids or truncated', async () => {
    const ids = await idsOf(PROMPT);
    const body = { prompt: PROMPT, max_tokens: 6, return_token_ids: true };
    const [choice] = await complete(body);
    expect([choice.prompt_token_ids, choice.token_ids!.length, choice.logprobs]).toEqual([ids, 6, null]);
    expect(await (await server.post('/detokenize', { tokens: choice.token_ids })).json()).toEqual({
      prompt: choice.text,
    });
    const [plain] = await complete({ ...body, return_token_ids: false });
    expect([plain.text, plain.token_ids]).toEqual([choice.text, undefined]);
    const several = await complete({ ...body, prompt: [ids, ids.slice(0, 4)], truncate_prompt_tokens: 5 });
    expect(several.map((each) => each.prompt_token_ids)).toEqual([ids.slice(-5), ids.slice(0, 4)]);
    const [alone] = await complete({ ...body, echo: true, max_tokens: 0 });
    expect([alone.text, alone.token_ids, alone.prompt_token_ids]).toEqual([PROMPT, [], ids]);
  });

  it('stream them with the first piece, and with each', async () => {
    const body = { prompt: [PROMPT, 'Tom'], n: 2, temperature: 1, seed: 3, max_tokens: 5, return_token_ids: true };
    const whole = await complete(body);
    const stream = await server.post('/v1/completions', { ...body, stream: true });
    const found = whole.map(() => ({ prompts: [] as unknown[], ids: [] as number[] }));
    for (const line of (await stream.text()).split('\n')) {
      if (!line.startsWith('data: {')) continue;
      for (const choice of (JSON.parse(line.slice(6)) as { choices: (Choice & { index: number })[] }).choices) {
        if (choice.prompt_token_ids) found[choice.index].prompts.push(choice.prompt_token_ids);
        found[choice.index].ids.push(...(choice.token_ids ?? []));
      }
    }
    expect(found).toEqual(whole.map((choice) => ({ prompts: [choice.prompt_token_ids], ids: choice.token_ids })));
  });

  it('have the log probabilities of prompts by ids and ranks, the same that an echo has', async () => {
    const ids = await idsOf(PROMPT);
    const [choice] = await complete({ prompt: PROMPT, max_tokens: 1, prompt_logprobs: 2 });
    const [echoed] = await complete({ prompt: PROMPT, max_tokens: 0, echo: true, logprobs: 2 });
    const entries = choice.prompt_logprobs!;
    expect([entries.length, entries[0], choice.logprobs, choice.text.includes(PROMPT)]).toEqual([
      ids.length,
      null,
      null,
      false,
    ]);
    for (const [i, entry] of entries.entries()) {
      if (!entry) continue;
      expect(entry[ids[i]].logprob).toBe(echoed.logprobs!.token_logprobs![i]);
      expect(entry[ids[i]].decoded_token).toBe(echoed.logprobs!.tokens![i]);
      const byRank = Object.values(entry).toSorted((a, b) => a.rank - b.rank);
      expect(byRank.slice(0, 2).map(({ rank }) => rank)).toEqual([1, 2]);
      expect(byRank.every(({ logprob }, j) => j === 0 || logprob <= byRank[j - 1].logprob)).toBe(true);
      expect(byRank.length).toBe(entry[ids[i]].rank > 2 ? 3 : 2);
    }
  });

  it.each([
    [{ prompt: 'x', prompt_logprobs: 1, stream: true }, 'prompt_logprobs'],
    [{ prompt: 'x', prompt_logprobs: 1, logprobs: 2, echo: true }, 'prompt_logprobs'],
    [{ prompt: 'x', prompt_logprobs: 21 }, 'prompt_logprobs'],
    [{ prompt: 'x'.repeat(300_000), n: 2, prompt_logprobs: 1 }, 'logprobs'],
    [{ prompt: 'x', max_tokens: 0 }, 'max_tokens'],
    [{ prompt: 'x'.repeat(300_000), n: 2, max_tokens: 0, echo: true, logprobs: 1 }, 'logprobs'],
    [{ prompt: 'x', max_tokens: -1, echo: true }, 'max_tokens'],
  ])('refuse %j', async (fields, param) => {
    const response = await server.post('/v1/completions', fields);
    expect([response.status, ((await response.json()) as { error: { param: string } }).error.param]).toEqual([
      400,
      param,
    ]);
  });
});
