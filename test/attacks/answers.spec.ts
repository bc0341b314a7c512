import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttackedServer, IS_FULL, KEYS, LEAST_OF_THREE, MAX_CALLBACK_MS } from '../support/attacked-server.ts';

const { attacker } = KEYS;
const MIB = 2 ** 20;

describe('large answers', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '100000', CACHE_BACKEND: 'memory' });
  });
  afterAll(() => server.stop());

  const messages = [{ role: 'user', content: 'Tell me a story.' }];
  const everything = {
    messages,
    n: 8,
    logprobs: true,
    top_logprobs: 20,
    temperature: 1,
    seed: 1,
    ignore_eos: true,
    ...(IS_FULL ? {} : { max_tokens: 400 }),
  };
  const asked: Record<string, [path: string, body: object, headers?: Record<string, string>]> = {
    'every probability of eight answers': ['/v1/chat/completions', everything],
    'the same, kept': ['/v1/chat/completions', everything],
    'the same for an idempotency key': ['/v1/chat/completions', everything, { 'idempotency-key': 'k' }],
    'the same for it again': ['/v1/chat/completions', everything, { 'idempotency-key': 'k' }],
    'the same as a stream': ['/v1/chat/completions', { ...everything, stream: true }],
    'a stream for an idempotency key': [
      '/v1/chat/completions',
      { ...everything, stream: true },
      { 'idempotency-key': 's' },
    ],
    'the same stream again': ['/v1/chat/completions', { ...everything, stream: true }, { 'idempotency-key': 's' }],
    'many prompts': [
      '/v1/completions',
      { prompt: Array.from({ length: 128 }, (_, i) => `Tom ${i}`), max_tokens: 90, logprobs: 20, ignore_eos: true },
    ],
    'a text of many tokens': ['/detokenize', { tokens: Array<number>(100_000).fill(477) }],
  };

  it.each(Object.keys(asked))('%s hold no callback up', LEAST_OF_THREE, async (name) => {
    const [path, body, headers] = asked[name];
    await server.measure();
    let outcome = { status: 0, body: '' };
    const stallMs = await server.stallDuring(async () => {
      outcome = await server.call(path, { token: attacker, body, headers });
    });
    const { longest, rss } = await server.measure();
    const mib = (bytes: number): string => (bytes / MIB).toFixed(1);
    console.log(
      `${name}: ${outcome.status}, ${mib(outcome.body.length)} MiB, longest callback ${longest.ms.toFixed(1)} ms (${longest.type}), stall ${stallMs} ms, resident ${mib(rss)} MiB`,
    );
    expect(outcome.status).toBe(200);
    expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
  });
});
