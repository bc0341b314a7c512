import { afterAll, beforeAll, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';

const PROMPT = 'Once upon a time there was a little fox who lived in a big forest. '.repeat(8);

const HIT_TOKENS = 'inference_prefix_cache_hit_tokens_total';
const QUERIED_TOKENS = 'inference_prefix_cache_queried_tokens_total';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ env: { ENABLE_METRICS: 'true' } });
});
afterAll(() => server.close());

interface Answer {
  choices: { text: string }[];
  usage: { prompt_tokens: number; prompt_tokens_details: { cached_tokens: number } };
}

async function complete(body: object): Promise<Answer> {
  const response = await server.post('/v1/completions', { prompt: PROMPT, temperature: 0, max_tokens: 12, ...body });
  expect(response.status).toBe(200);
  return (await response.json()) as Answer;
}

/** A metric of the model. Counters go on from what the servers of other tests in this process have counted. */
async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{.*model="storyteller".*\\} (.*)$`, 'm').exec(text)?.[1] ?? 0);
}

it('spares a prompt that was read before, tells how much of it, and changes nothing', async () => {
  const hitBefore = await metric(HIT_TOKENS);
  const queriedBefore = await metric(QUERIED_TOKENS);
  const first = await complete({});
  const again = await complete({});
  const { prompt_tokens, prompt_tokens_details } = again.usage;
  expect(first.usage.prompt_tokens_details.cached_tokens).toBe(0);
  expect(prompt_tokens_details.cached_tokens).toBe(16 * Math.floor((prompt_tokens - 2) / 16));
  expect(again.choices).toEqual(first.choices);
  expect((await metric(HIT_TOKENS)) - hitBefore).toBe(prompt_tokens_details.cached_tokens);
  // The engine's warm-up may be among them.
  expect((await metric(QUERIED_TOKENS)) - queriedBefore).toBeGreaterThanOrEqual(2 * prompt_tokens);
  expect(await metric('inference_prefix_cache_bytes')).toBeGreaterThan(0);
});

it('keeps salts apart, and counts several answers to a prompt once', async () => {
  const salted = await complete({ cache_salt: 'a tenant' });
  expect(salted.usage.prompt_tokens_details.cached_tokens).toBe(0);
  const several = await complete({ cache_salt: 'a tenant', n: 2 });
  expect(several.usage.prompt_tokens_details.cached_tokens).toBeLessThan(several.usage.prompt_tokens);
  expect(several.usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(0);
  expect(several.choices.map(({ text }) => text)).toEqual([salted.choices[0].text, salted.choices[0].text]);
});

it('refuses a salt that is none', async () => {
  for (const cache_salt of ['', 'x'.repeat(1025), 7]) {
    expect((await server.post('/v1/completions', { prompt: PROMPT, cache_salt })).status).toBe(400);
  }
});
