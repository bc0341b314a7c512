import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AttackedServer, IS_FULL, KEYS, LEAST_OF_THREE, MAX_CALLBACK_MS } from '../support/attacked-server.ts';
import { waitFor } from '../support/server.ts';

const MIB = 2 ** 20;
const { attacker, neighbour } = KEYS;
const INFER = { prompt: 'Tom', params: { max_new_tokens: 2, temperature: 0 } };
let strangers = 1;

/** An address of this machine that has sent nothing yet. */
const stranger = (): string => `127.0.0.${++strangers}`;

/** A request that is written as far as it goes, and then left alone. */
async function hold(url: string, head: string, body: Buffer | string = ''): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => {}).resume();
  await once(socket, 'connect');
  socket.write(head);
  if (body.length > 0) socket.write(body);
  return socket;
}

/** Their answers are more than the buffers of both sides hold. */
const DEAF_REQUESTS = 30_000;

/** Asks for much, and reads none of it. */
async function deafClient(url: string): Promise<Socket> {
  const socket = await hold(url, '');
  socket.pause();
  socket.write(`GET /v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${attacker}\r\n\r\n`.repeat(DEAF_REQUESTS));
  return socket;
}

describe('the door', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '5' });
  });
  afterAll(() => server.stop());

  it('reads no body of those without a token, and counts what they have fail by address', LEAST_OF_THREE, async () => {
    const [from, other] = [stranger(), stranger()];
    const body = `${'['.repeat(MIB)}${']'.repeat(MIB)}`;
    const before = await server.measure();
    const statuses: number[] = [];
    const tries = IS_FULL ? 40 : 20;
    const stallMs = await server.stallDuring(async () => {
      for (let i = 0; i < tries / 4; i++) {
        const four = Array.from({ length: 4 }, () =>
          server.call('/v1/infer', { from, body, headers: { connection: 'close' } }).catch(() => ({ status: 0 })),
        );
        statuses.push(...(await Promise.all(four)).map(({ status }) => status));
      }
    });
    const { longest, cpuMs, rss } = await server.measure();
    const msEach = (cpuMs - before.cpuMs) / tries;
    console.log(
      `no token: ${statuses.join(' ')}; stall ${stallMs} ms, ${msEach.toFixed(1)} ms a request, ${((rss - before.rss) / MIB).toFixed(0)} MiB more`,
    );
    expect(statuses.filter((status) => status === 401).length).toBe(5);
    expect(statuses.filter((status) => status !== 401 && status !== 429 && status !== 0)).toEqual([]);
    expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
    expect(rss - before.rss).toBeLessThan(64 * MIB);
    // Others have windows of their own, and probes none.
    expect((await server.call('/v1/infer', { from: other, body: INFER })).status).toBe(401);
    expect((await server.call('/v1/infer', { token: neighbour, body: INFER })).status).toBe(200);
    expect((await server.call('/livez', { method: 'GET', from })).status).toBe(200);
  });

  it.each([
    ['a malformed URL', '/%zz', 400],
    ['an unknown route', '/v1/nothing', 404],
    ['an unknown path below a route', '/v1/infer/x', 404],
  ])('counts %s of those without a token', async (_, path, status) => {
    const from = stranger();
    const statuses: number[] = [];
    for (let i = 0; i < 7; i++) statuses.push((await server.call(path, { from, body: '[' })).status);
    expect(statuses).toEqual([status, status, status, status, status, 429, 429]);
    expect((await server.call(path, { token: attacker, body: '[' })).status).toBe(status);
  });

  it('takes a well-known webhook secret from hosts of this machine only, other routes from any', async () => {
    const headers = { host: 'evil.example' };
    expect((await server.call('/webhooks/ingest', { body: {}, headers })).status).toBe(403);
    expect((await server.call('/v1/infer', { token: attacker, body: INFER, headers })).status).toBe(200);
  });

  it(
    'limits how often an address may ask for metrics, documentation and console, and holds no callback up',
    LEAST_OF_THREE,
    async () => {
      const [from, other] = [stranger(), stranger()];
      await sleep(1000);
      await server.measure();
      for (const path of ['/metrics', '/docs/json', '/console/']) {
        const statuses: number[] = [];
        for (let i = 0; i < 7; i++) statuses.push((await server.call(path, { method: 'GET', from })).status);
        expect([path, ...statuses]).toEqual([path, ...Array(5).fill(200), 429, 429]);
        expect((await server.call(path, { method: 'GET', from: other })).status).toBe(200);
      }
      for (const path of ['/docs', '/docs/yaml', '/metrics']) await server.call(path, { method: 'GET', from: other });
      const { longest } = await server.measure();
      console.log(`metrics and documentation: longest callback ${longest.ms.toFixed(1)} ms (${longest.type})`);
      expect(longest.ms).toBeLessThan(MAX_CALLBACK_MS);
    },
  );
});

describe('connections and hosts', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await AttackedServer.start({ TRUTHGPT_API_TOKEN: 'changeme', MAX_CONNECTIONS_PER_ADDRESS: '20' });
  });
  afterAll(() => server.stop());

  it('takes the well-known token from hosts of this machine only', async () => {
    const asked = (host: string): Promise<number> =>
      server.call('/v1/infer', { token: 'changeme', body: INFER, headers: { host } }).then(({ status }) => status);
    for (const host of [
      'evil.example',
      'evil.example:8080',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '[::2]',
    ]) {
      expect([host, await asked(host)]).toEqual([host, 403]);
    }
    for (const host of ['localhost', 'localhost:8080', '127.0.0.1:1', 'app.localhost', '[::1]:8080', 'LOCALHOST']) {
      expect([host, await asked(host)]).toEqual([host, 200]);
    }
  });

  it('refuses connections beyond those of one address, and none of another', async () => {
    const sockets: Socket[] = [];
    for (let i = 0; i < 40; i++) sockets.push(await hold(server.url, 'GET '));
    await waitFor(() => sockets.filter(({ destroyed }) => destroyed).length >= 20);
    expect((await server.call('/livez', { method: 'GET', from: stranger() })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });
});

describe('clients that hold on', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await AttackedServer.start({ RATE_LIMIT_RPM: '100000', DRAIN_TIMEOUT_MS: '60000' });
  });
  afterAll(() => server.stop());

  it('bounds the memory of bodies that are not complete, and has room for the neighbour', async () => {
    const bytes = 2 * MIB;
    const head = `POST /v1/infer HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${attacker}\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;
    const part = Buffer.alloc(bytes - 1, '"');
    const before = await server.measure();
    const count = IS_FULL ? 500 : 150;
    const sockets: Socket[] = [];
    for (let i = 0; i < count; i++) sockets.push(await hold(server.url, head, part));
    const refused = (): number => sockets.filter(({ bytesRead }) => bytesRead > 0).length;
    // 64 of them fill the budget of 128 MiB.
    await waitFor(() => refused() >= count - 70, 30_000);
    const held = await server.measure();
    const text = 'x'.repeat(1_500_000);
    const chat = { messages: [{ role: 'user', content: text }], max_tokens: 1, truncate_prompt_tokens: -1 };
    const own = await server.call('/v1/chat/completions', { token: neighbour, body: chat });
    const heldMib = (held.rss - before.rss) / MIB;
    console.log(`${count} held: ${heldMib.toFixed(0)} MiB more, ${refused()} refused, the neighbour: ${own.status}`);
    // The budget, and buffers that were outgrown and not collected yet.
    expect(heldMib).toBeLessThan(300);
    expect(own.status).not.toBe(503);
    for (const socket of sockets) socket.destroy();
    await waitFor(async () => (await server.call('/v1/infer', { token: attacker, body: INFER })).status === 200);
  });

  it.runIf(IS_FULL)('ends connections that read nothing for half a minute', async () => {
    const deaf = await deafClient(server.url);
    await sleep(45_000);
    deaf.resume();
    await waitFor(() => deaf.destroyed);
    expect(deaf.bytesRead).toBeLessThan(DEAF_REQUESTS * 500);
  });

  it('waits for nobody who reads nothing when it is told to end', async () => {
    const deaf = await deafClient(server.url);
    await sleep(1000);
    const startedAt = performance.now();
    server.server.child.kill('SIGTERM');
    const { code } = await server.server.exit();
    const took = performance.now() - startedAt;
    console.log(`a deaf client delays the end by ${(took / 1000).toFixed(1)} s`);
    expect(code).toBe(0);
    // Not the 60 s that running requests get.
    expect(took).toBeLessThan(30_000);
    deaf.destroy();
  });
});
