import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasRedis, TestRedis } from '../support/redis.ts';
import { ServerProcess } from '../support/server-process.ts';
import { startServer, type TestServer, waitFor } from '../support/server.ts';

const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
const as = (token: string, headers: Record<string, string> = {}): { headers: Record<string, string> } => ({
  headers: { authorization: `Bearer ${token}`, ...headers },
});

let folder: string;
let keys: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'frontier-attacks-'));
  keys = join(folder, 'keys.yaml');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('stores that callers share', () => {
  let server: TestServer;
  let redis: TestRedis | undefined;
  afterEach(async () => {
    await server.close();
    await redis?.kill();
    redis = undefined;
  });

  const SMALL = { prompt: 'Once upon a time', params: { max_new_tokens: 8 } };
  /** An answer of several megabytes: each token with its likeliest alternatives. */
  const LARGE = {
    messages: [{ role: 'user', content: 'Tell me a story.' }],
    n: 6,
    max_tokens: 800,
    ignore_eos: true,
    logprobs: true,
    top_logprobs: 20,
  };
  /** One that is short enough to be kept. */
  const MEDIUM = { ...LARGE, n: 1, max_tokens: 400 };

  async function attack(large: number, env: Record<string, string> = {}): Promise<void> {
    writeFileSync(
      keys,
      `keys: [{ name: greedy, sha256: ${digest('greedy')} }, { name: victim, sha256: ${digest('victim')} }]`,
    );
    server = await startServer({ env: { API_KEYS_FILE: keys, ...env } });
    const first = await server.post('/v1/infer', SMALL, as('victim', { 'idempotency-key': 'order' }));
    const send = async (body: object, key: string): Promise<number> => {
      const answer = await server.post('/v1/chat/completions', body, as('greedy', { 'idempotency-key': key }));
      expect(answer.status).toBe(200);
      return (await answer.arrayBuffer()).byteLength;
    };
    const bytes: number[] = [];
    const bodies = Array.from({ length: large + 3 }, (_, nth) => (nth < large ? LARGE : MEDIUM));
    // Not all at once: the server would refuse some.
    for (let i = 0; i < bodies.length; i += 3) {
      bytes.push(...(await Promise.all(bodies.slice(i, i + 3).map((body, nth) => send(body, `${i + nth}`)))));
    }
    expect(Math.min(...bytes.slice(0, large))).toBeGreaterThan(4 * 2 ** 20);
    expect(Math.max(...bytes.slice(large))).toBeLessThan(2 * 2 ** 20);
    const again = await server.post('/v1/infer', SMALL, as('victim', { 'idempotency-key': 'order' }));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.json()).toEqual(await first.json());
    const kept = await server.post('/v1/chat/completions', MEDIUM, as('greedy', { 'idempotency-key': `${large}` }));
    expect(kept.headers.get('idempotent-replayed')).toBe('true');
    await kept.arrayBuffer();
  }

  it('run a retried request once, whatever another key makes the server keep', () => attack(6));

  it.skipIf(!hasRedis)('run it once where Redis keeps the answers', async () => {
    redis = await TestRedis.startWith(['--save', '', '--maxmemory', '8mb', '--maxmemory-policy', 'allkeys-lru']);
    await attack(2, { REDIS_URL: redis.url });
  });
});

describe('a key file', () => {
  let server: TestServer;
  afterEach(() => server.close());

  it('that is being written gives no key more rights, and one that is emptied or gone none', async () => {
    const limited = `keys:
  - name: team
    sha256: ${digest('team')}
    models: [other]
    rate_limit: 1000000
`;
    const more = `keys:
  - name: new
    sha256: ${digest('new')}
  - name: team
    sha256: ${digest('team')}
    models: [other]
    rate_limit: 1000000
`;
    writeFileSync(keys, limited);
    server = await startServer({ env: { API_KEYS_FILE: keys, RATE_LIMIT_RPM: '1000000' } });
    const models = async (token: string): Promise<string> => {
      const response = await fetch(`${server.url}/v1/models`, as(token));
      return response.ok
        ? ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id).join()
        : '-';
    };
    const seen = new Set<string>();
    const written = new AbortController();
    const watching = (async () => {
      while (!written.signal.aborted) {
        seen.add(await models('team'));
        await sleep(5);
      }
    })();
    // Half a file is valid, and does not limit the last key any more: it is seen by a read or two.
    const cut = more.indexOf('    models:');
    for (let part = 0; part < 4; part++) {
      writeFileSync(keys, more.slice(0, cut + part * 2 - 4));
      await sleep(700);
    }
    writeFileSync(keys, more);
    await waitFor(async () => (await models('new')) !== '-');
    written.abort();
    await watching;
    expect([...seen]).toEqual(['']);
    writeFileSync(keys, 'keys: []');
    await waitFor(async () => (await models('new')) === '-' && (await models('team')) === '-');
    writeFileSync(keys, more);
    await waitFor(async () => (await models('new')) !== '-');
    rmSync(keys);
    await waitFor(async () => (await models('new')) === '-' && (await models('team')) === '-');
  });
});

describe('the log', () => {
  /** Ends of lines, escape sequences of both kinds, and what turns the direction of writing around. */
  const FORGED = '\n[12:00:00.000] ERROR: forged\r\u001b[2J\u009b31m\u0085\u2028\u2029\u202e\u2066\ufeff';

  it.each(['development', 'production'])(
    'has one line for each entry in %s, whatever callers send',
    async (ENVIRONMENT) => {
      writeFileSync(keys, JSON.stringify({ keys: [{ name: `team${FORGED}`, sha256: digest('team') }] }));
      const server = new ServerProcess({ ENVIRONMENT, LOG_LEVEL: 'TRACE', API_KEYS_FILE: keys });
      try {
        const url = await server.ready();
        const before = server.output.length;
        const post = async (path: string, body: object, headers: Record<string, string> = {}): Promise<void> => {
          const json = { 'content-type': 'application/json', ...headers };
          await (await fetch(url + path, { method: 'POST', body: JSON.stringify(body), ...as('team', json) })).text();
        };
        const messages = [{ role: 'user', content: FORGED }];
        await post('/v1/chat/completions', { model: FORGED, messages });
        await post('/v1/chat/completions', { messages, max_tokens: 1, [FORGED]: FORGED });
        await post('/v1/infer', { prompt: FORGED, [FORGED]: 1 });
        await post('/v1/jobs', { prompt: 'x', callback_url: `http://x${FORGED}.example/` });
        await post(`/v1/jobs/${encodeURIComponent(FORGED)}/cancel`, {});
        await post('/v1/infer', SMALL_PROMPT, { 'x-request-id': 'id\u0085\u00ad\u009b31m', 'idempotency-key': 'k' });
        await fetch(`${url}/v1/models/${encodeURIComponent(FORGED)}`, as('team'));
        await fetch(`${url}/${encodeURIComponent(FORGED)}?${encodeURIComponent(FORGED)}`, as('team'));
        await waitFor(() => server.output.slice(before).split('"endpoint"').length - 1 === 8);
        const output = server.output.slice(before);
        expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
        for (const line of output.trimEnd().split('\n')) {
          if (ENVIRONMENT === 'production') expect(() => JSON.parse(line) as unknown).not.toThrow();
          // What belongs to an entry is indented.
          else expect(line).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] (?!ERROR: forged)[A-Z]+: |^ {4}/);
        }
      } finally {
        server.child.kill('SIGKILL');
        await server.exit();
      }
    },
  );

  const SMALL_PROMPT = { prompt: 'Tom', params: { max_new_tokens: 1 } };
});
