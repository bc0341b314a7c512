import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttackedServer, IS_FULL, KEYS, LEAST_OF_THREE, MAX_CALLBACK_MS } from '../support/attacked-server.ts';

const MIB = 2 ** 20;
const { attacker } = KEYS;

const nested = (bytes: number): string => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2);
const filled = (bytes: number, item: string): string => `[${Array(Math.floor(bytes / (item.length + 1))).fill(item)}]`;

describe('bodies', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '100000' });
  });
  afterAll(() => server.stop());

  const hostile: Record<string, { path: string; body: string }> = {
    'nested lists': { path: '/v1/infer', body: nested(2 * MIB) },
    'nested lists in messages': { path: '/v1/chat/completions', body: `{"messages":${nested(2 * MIB - 64)}}` },
    'unclosed lists': { path: '/v1/infer', body: '['.repeat(2 * MIB) },
    'many numbers': { path: '/v1/infer', body: `{"prompt":${filled(2 * MIB - 64, '1')}}` },
    'many objects': { path: '/v1/chat/completions', body: `{"messages":${filled(2 * MIB - 64, '{}')}}` },
    'many keys': {
      path: '/v1/chat/completions',
      body: `{${Array.from({ length: 99_000 }, (_, i) => `"k${i}":0`)}}`,
    },
    'objects as messages': { path: '/v1/chat/completions', body: `{"messages":${filled(297_000, '{}')}}` },
    'a list where an object belongs': { path: '/v1/infer', body: `{"prompt":"x","params":${filled(29_700, '{}')}}` },
    'valid messages': {
      path: '/v1/chat/completions',
      body: JSON.stringify({
        messages: Array.from({ length: 4096 }, () => ({ role: 'user', content: 'x' })),
        max_tokens: 1,
      }),
    },
    'parts of messages': {
      path: '/v1/chat/completions',
      body: JSON.stringify({
        messages: [{ role: 'user', content: Array.from({ length: 60_000 }, () => ({ type: 'text', text: 'x' })) }],
      }),
    },
    escapes: {
      path: '/v1/chat/completions',
      body: `{"messages":[{"role":"user","content":"${'\\u0041'.repeat(340_000)}"}]}`,
    },
    'half surrogate pairs': {
      path: '/v1/chat/completions',
      body: `{"messages":[{"role":"user","content":"${'\\ud800'.repeat(340_000)}"}]}`,
    },
    'one long text': { path: '/v1/infer', body: `{"prompt":"${'x'.repeat(2 * MIB - 64)}"}` },
    'unknown fields': { path: '/v1/infer', body: `{${Array.from({ length: 1099 }, (_, i) => `"prompt_${i}":0`)}}` },
    'unknown parameters': {
      path: '/v1/infer',
      body: `{"prompt":"x","params":{${Array.from({ length: 1099 }, (_, i) => `"max_new_token_${i}":0`)}}}`,
    },
    'token ids': { path: '/v1/completions', body: `{"prompt":${filled(199_000, '1')}}` },
    'lists of token ids': { path: '/v1/completions', body: `{"prompt":${filled(199_000, '[1]')}}` },
    'an idempotency key': {
      path: '/v1/chat/completions',
      body: `{"idempotency_key":"k","metadata":{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":{}`)}},"messages":[{"role":"user","content":"x"}],"max_tokens":1}`,
    },
  };

  it.each(Object.keys(hostile))('%s hold no callback up', LEAST_OF_THREE, async (name) => {
    const { path, body } = hostile[name];
    await server.measure();
    const statuses = new Set<number>();
    const stallMs = await server.stallDuring(async () => {
      for (let i = 0; i < (IS_FULL ? 8 : 2); i++) {
        const { status } = await server.call(path, {
          token: attacker,
          body,
          headers: { 'idempotency-key': `${name} ${i}` },
        });
        statuses.add(status);
      }
    });
    const { longest } = await server.measure();
    console.log(
      `${name}: ${[...statuses]}, longest callback ${longest.ms.toFixed(1)} ms (${longest.type}), stall ${stallMs} ms`,
    );
    expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
  });
});

describe('bodies where large ones are allowed', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '100000', BODY_LIMIT_BYTES: String(16 * MIB) });
  });
  afterAll(() => server.stop());

  const conversation = (content: unknown): string =>
    JSON.stringify({ messages: [{ role: 'user', content }], max_tokens: 1 });
  it.each<[string, string, number]>([
    ['one long text', conversation('word '.repeat(2.4 * MIB)), 400],
    ['many parts', conversation(Array.from({ length: 9000 }, () => ({ type: 'text', text: 'x'.repeat(1200) }))), 400],
    ['nested lists', nested(12 * MIB), 400],
    ['no JSON', `{"messages":"${'x'.repeat(12 * MIB)}`, 400],
  ])('%s hold no callback up', LEAST_OF_THREE, async (name, body, expected) => {
    await server.measure();
    let status = 0;
    const stallMs = await server.stallDuring(async () => {
      ({ status } = await server.call('/v1/chat/completions', { token: attacker, body }));
    });
    const { longest } = await server.measure();
    console.log(
      `12 MiB, ${name}: ${status}, longest callback ${longest.ms.toFixed(1)} ms (${longest.type}), stall ${stallMs} ms`,
    );
    expect(status).toBe(expected);
    expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
  });
});
