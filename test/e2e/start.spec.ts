import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../support/is-alive.ts';
import { readEvents, type StreamEvent, waitFor } from '../support/server.ts';
import { ServerProcess } from '../support/server-process.ts';

describe('the server process', () => {
  let server: ServerProcess;
  afterEach(async () => {
    server.child.kill('SIGKILL');
    await server.exit();
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with status 0 on %s, with its engine, and leaves nothing in HOME',
    async (signal) => {
      const home = mkdtempSync(join(tmpdir(), 'frontier-home-'));
      onTestFinished(() => rmSync(home, { recursive: true }));
      server = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', HOME: home });
      await server.ready();
      const engine = await server.engine();
      server.child.kill(signal);
      expect(await server.exit()).toEqual({ code: 0, signal: null });
      await waitFor(() => !isAlive(engine));
      // ONNX Runtime would leave a device id there, and report to its makers.
      expect(readdirSync(home)).toEqual([]);
    },
  );

  it('logs the address of those who have no key, and why the Redis of jobs is away', async () => {
    server = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', JOBS_REDIS_URL: 'redis://127.0.0.1:1' });
    const url = await server.ready();
    const ask = (token: string): Promise<Response> =>
      fetch(`${url}/v1/models`, { headers: { authorization: `Bearer ${token}` } });
    expect([(await ask('wrong')).status, (await ask('token')).status]).toEqual([401, 200]);
    const lines = (): Record<string, unknown>[] =>
      server.output
        .split('\n')
        .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
    await waitFor(() => lines().filter(({ endpoint }) => endpoint === '/v1/models').length === 2);
    expect(lines().find(({ status }) => status === 401)).toMatchObject({ address: '127.0.0.1' });
    expect(lines().find(({ status }) => status === 200)).not.toHaveProperty('address');
    expect(lines().find(({ context }) => context === 'Jobs')).toMatchObject({
      level: 'error',
      msg: expect.stringContaining('ECONNREFUSED 127.0.0.1:1') as string,
    });
  });

  it('serves, and keeps jobs, under `node --watch` as in `npm run dev`', async () => {
    server = new ServerProcess({}, ['--watch', '--watch-preserve-output']);
    const url = await server.ready();
    const headers = { authorization: 'Bearer changeme' };
    const job = await fetch(`${url}/v1/jobs`, { method: 'POST', headers, body: '{"prompt":"Tom"}' });
    expect(job.status).toBe(202);
    expect(await (await fetch(`${url}/readyz`)).json()).toMatchObject({ degraded: [] });
    server.child.kill('SIGTERM');
    await server.exit();
  });

  it('takes its engine with it when it is killed, however much that has to do', async () => {
    const patient = { QUEUE_TIMEOUT_MS: '600000', REQUEST_TIMEOUT_MS: '600000' };
    server = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', BATCH_MAX_SIZE: '1', ...patient });
    const url = await server.ready();
    const engine = await server.engine();
    // One at a time they take about a second each: longer than this test waits.
    const body = '{"prompt":"Tom","params":{"max_new_tokens":1000,"ignore_eos":true}}';
    const request = { method: 'POST', headers: { authorization: 'Bearer token' }, body };
    const streams = Array.from({ length: 60 }, () => fetch(`${url}/v1/infer/stream`, request).catch(() => {}));
    await Promise.race(streams);
    await waitFor(async () => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(/inference_queue_depth\{.*?\} (\d+)/.exec(metrics)?.[1]) >= 20;
    });
    server.child.kill('SIGKILL');
    expect(isAlive(engine)).toBe(true);
    await waitFor(() => !isAlive(engine), 10_000);
  });

  it('tells a running stream that it ends, and leaves no temporary file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-start-'));
    server = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', TMPDIR: folder, DRAIN_TIMEOUT_MS: '100' });
    const url = await server.ready();
    expect(readdirSync(folder)).toHaveLength(1);
    const body = '{"prompt":"Tom","params":{"max_new_tokens":1000,"ignore_eos":true}}';
    const response = await fetch(`${url}/v1/infer/stream`, {
      method: 'POST',
      headers: { authorization: 'Bearer token' },
      body,
    });
    const events = readEvents(response);
    await events.next();
    server.child.kill('SIGTERM');
    let last: StreamEvent | undefined;
    for await (const event of events) last = event;
    expect(last).toMatchObject({ event: 'error', data: { error: { code: 'shutting_down', retryable: true } } });
    expect(await server.exit()).toEqual({ code: 0, signal: null });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['the well-known token', {}, /^warn .*TRUTHGPT_API_TOKEN is the well-known default/],
    ['one that was set', { TRUTHGPT_API_TOKEN: 'token' }, /^info Listening on (?!.*token)/],
  ])('tells in one line where it is, what it serves, and %s', async (_, env: Record<string, string>, start) => {
    server = new ServerProcess(env, [], { hasDefaultModels: true });
    await server.ready();
    const lines = server.output.split('\n').filter((line) => line.startsWith('{'));
    const [first, ...others] = lines.map(
      (line) => JSON.parse(line) as { level: string; msg: string; context?: string },
    );
    expect(`${first.level} ${first.msg}`).toMatch(start);
    expect(first.msg).toMatch(
      /Listening on http:\S+:\d+ \(API documentation: http:\S+\/docs\)\. Models: storyteller \(gpt-4o\), sentences \(text-embedding-3-small\)\./,
    );
    // The secret of webhooks, and the models.
    expect(others.length).toBeLessThanOrEqual(3);
    expect(server.output.split('\n').filter((line) => line !== '' && !line.startsWith('{'))).toEqual([]);
  });

  it('tells a token that it made once, and never in its log', async () => {
    server = new ServerProcess({ HOST: '0.0.0.0', LOG_LEVEL: 'TRACE' });
    const url = await server.ready();
    const [, token] = /^TRUTHGPT_API_TOKEN is unset; this run's token is ([\w-]{32})$/m.exec(server.output)!;
    const headers = { authorization: `Bearer ${token}` };
    expect((await fetch(`${url}/v1/models`, { headers })).status).toBe(200);
    await waitFor(() => server.output.includes('"endpoint":"/v1/models"'));
    expect(server.output.split(token!)).toHaveLength(2);
    // What the pages search for finds that line alone.
    expect(server.output.split('token is')).toHaveLength(2);
  });

  it('tells how it is put together to those who debug it', async () => {
    server = new ServerProcess({ LOG_LEVEL: 'DEBUG' });
    await server.ready();
    for (const context of ['NestFactory', 'InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication']) {
      expect(server.output).toMatch(new RegExp(`"level":"debug".*"context":"${context}"`));
    }
  });

  it('writes a line for each request in development', async () => {
    server = new ServerProcess({ ENVIRONMENT: 'development' });
    const url = await server.ready();
    const before = server.output.split('\n').length;
    for (let i = 0; i < 3; i++) {
      const { status } = await fetch(`${url}/v1/models`, { headers: { authorization: 'Bearer changeme' } });
      expect(status).toBe(200);
    }
    await waitFor(() => server.output.split('/v1/models').length === 4);
    expect(server.output.split('\n').length - before).toBe(3);
  });

  it('serves with its defaults from any folder', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-elsewhere-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    server = new ServerProcess({}, [], { folder, hasDefaultModels: true });
    const url = await server.ready();
    expect(readdirSync(folder)).toEqual([]);
    const embedding = await fetch(`${url}/v1/embeddings`, {
      method: 'POST',
      headers: { authorization: 'Bearer changeme', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'text-embedding-3-small', input: 'Hello' }),
    });
    const { data } = (await embedding.json()) as { data: { embedding: number[] }[] };
    expect(data[0].embedding).toHaveLength(384);
  });

  it('warns of variables that are nearly its own, and starts', async () => {
    server = new ServerProcess({ REDIS_URI: 'redis://hidden', TRUTHGPT_TOKEN: 'hidden', X_PORT_8080_TCP: 'tcp://x' });
    await server.ready();
    await waitFor(() => server.output.includes('TRUTHGPT_TOKEN'));
    const warnings = server.output.split('\n').filter((line) => line.includes('did you mean'));
    expect(warnings).toEqual([
      expect.stringMatching(/REDIS_URI is not one of this server, and is ignored: did you mean REDIS_URL\?/),
      expect.stringMatching(/TRUTHGPT_TOKEN is not one .* did you mean TRUTHGPT_API_TOKEN\?/),
    ]);
    expect(server.output).not.toContain('hidden');
  });

  it('says that its port is in use, and nothing else', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    server = new ServerProcess({ PORT: String(port) });
    expect(await server.exit()).toEqual({ code: 1, signal: null });
    expect(server.output).toBe(
      `PORT=${port}: another process listens on 127.0.0.1:${port} already. Stop it, or set PORT to a free port (0 takes any).\n`,
    );
  });

  it('says what to do on a Node that is too old, before it loads anything', async () => {
    const old = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })";
    // What it would import fails on such a Node.
    const broken = 'delete Promise.withResolvers';
    server = new ServerProcess({}, ['--import', `data:text/javascript,${encodeURIComponent(`${old};${broken}`)}`]);
    expect(await server.exit()).toEqual({ code: 1, signal: null });
    expect(server.output).toMatch(
      /^This is Node 20\.20\.2, and the server needs Node 24 or later\. Start it with `npm start`.*\n$/,
    );
  });

  it('says to install first where `npm start` finds nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-bare-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(resolve(import.meta.dirname, '../../package.json'), join(folder, 'package.json'));
    server = ServerProcess.npmStart({}, folder);
    expect(await server.exit()).toEqual({ code: 1, signal: null });
    expect(server.output).toContain('Nothing is installed yet: run npm ci first.');
    expect(server.output).not.toContain('not found');
  });

  it.each<[Record<string, string>, RegExp]>([
    [{ HOST: '192.0.2.1', TRUTHGPT_API_TOKEN: 'token' }, /^HOST=192\.0\.2\.1: it is no address of this machine\..*\n$/],
    [{ PORT: 'http' }, /^PORT="http": must be a whole number, 0 to 65535\.\n$/],
    [
      { HOST: '0.0.0.0', TRUTHGPT_API_TOKEN: 'changeme' },
      /^TRUTHGPT_API_TOKEN="changeme" is refused on 0\.0\.0\.0.*\n$/,
    ],
    [{ TRUTHGPT_API_TOKEN: 'line end\n' }, /^TRUTHGPT_API_TOKEN: must not contain white space\.\n$/],
    [
      { TRUST_PROXY: 'true' },
      /^TRUST_PROXY="true": must be a comma-separated list of addresses; "true" is not one\.\n$/,
    ],
    [{ TRUTHGPT_CONFIG: 'configs/none.yaml' }, /^TRUTHGPT_CONFIG: the file .*none\.yaml does not exist\.\n$/],
  ])('stops with one line on %o', async (env, line) => {
    server = new ServerProcess(env);
    expect(await server.exit()).toEqual({ code: 1, signal: null });
    expect(server.output).toMatch(line);
  });
});
