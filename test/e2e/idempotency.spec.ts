import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readEvents, readStream, startServer, type TestServer, waitFor } from '../support/server.ts';

const DRAWN = { prompt: 'Once upon a time', params: { max_new_tokens: 20 } };
const ENDLESS = { prompt: 'Tom', params: { max_new_tokens: 900, ignore_eos: true } };

describe('an idempotency key', () => {
  let server: TestServer;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-idempotency-'));
    const keys = join(folder, 'keys.yaml');
    const sha256 = createHash('sha256').update('other').digest('hex');
    writeFileSync(keys, `keys: [{ name: other, sha256: ${sha256} }]`);
    server = await startServer({ env: { API_KEYS_FILE: keys } });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  const send = (path: string, body: unknown, key: string, signal?: AbortSignal): Promise<Response> =>
    server.post(path, body, { headers: { 'idempotency-key': key }, signal });
  const codeOf = async (response: Response): Promise<[number, unknown]> => [
    response.status,
    ((await response.json()) as { code: unknown }).code,
  ];

  it('makes a request run once: later ones get the stored answer', async () => {
    const first = await send('/v1/infer', DRAWN, 'once');
    const second = await send('/v1/infer', DRAWN, 'once');
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(await second.json()).toEqual(await first.json());
    expect([first, second].map(({ headers }) => headers.get('idempotent-replayed'))).toEqual([null, 'true']);
  });

  it('may stand in the body', async () => {
    const body = { ...DRAWN, idempotency_key: 'in-body' };
    const [first, second] = [await server.post('/v1/infer', body), await server.post('/v1/infer', body)];
    expect(await second.json()).toEqual(await first.json());
    expect((await send('/v1/infer', DRAWN, 'in-body')).headers.get('idempotent-replayed')).toBe('true');
    expect(await codeOf(await send('/v1/infer', body, 'other'))).toEqual([422, 'invalid_request']);
  });

  it('replays a whole stream, and no listener of a response looks like a leak', async () => {
    const warnings: string[] = [];
    const onWarning = ({ name }: Error): number => warnings.push(name);
    process.on('warning', onWarning);
    const first = await send('/v1/infer/stream', DRAWN, 'stream');
    const events = (await readStream(first)).events;
    const second = await send('/v1/infer/stream', DRAWN, 'stream');
    expect(second.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect((await readStream(second)).events).toEqual(events);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it.each(['/v1/infer', '/v1/infer/stream'])('is busy while a request to %s runs', async (path) => {
    const leaver = new AbortController();
    const running = send(path, ENDLESS, `busy ${path}`, leaver.signal).then((response) => response.text());
    running.catch(() => {});
    await waitFor(() => server.engine.unfinished === 1);
    expect(await codeOf(await send(path, ENDLESS, `busy ${path}`))).toEqual([409, 'idempotency_key_in_use']);
    leaver.abort();
    await waitFor(() => server.engine.unfinished === 0);
    // No caller got that response: the key is free.
    const short = { ...ENDLESS, params: { max_new_tokens: 2 } };
    await waitFor(async () => (await send(path, short, `busy ${path}`)).status === 200);
  });

  it('belongs to one body, one route and one caller', async () => {
    await (await send('/v1/infer', DRAWN, 'mine')).json();
    const reordered = { params: DRAWN.params, prompt: DRAWN.prompt };
    expect((await send('/v1/infer', reordered, 'mine')).headers.get('idempotent-replayed')).toBe('true');
    const other = await send('/v1/infer', { ...DRAWN, prompt: 'Tom' }, 'mine');
    expect(await codeOf(other)).toEqual([422, 'idempotency_key_reused']);
    const stream = await send('/v1/infer/stream', DRAWN, 'mine');
    expect([stream.status, stream.headers.get('idempotent-replayed')]).toEqual([200, null]);
    await stream.text();
    const headers = { 'idempotency-key': 'mine', authorization: 'Bearer other' };
    const elses = await server.post('/v1/infer', DRAWN, { headers });
    expect([elses.status, elses.headers.get('idempotent-replayed')]).toEqual([200, null]);
  });

  it('tells an answer from a job on the same route, and says where a job is again', async () => {
    const answer = await send('/v1/infer', DRAWN, 'both');
    expect(await answer.json()).toMatchObject({ output: expect.any(String) as string });
    const headers = { 'idempotency-key': 'both', prefer: 'respond-async' };
    for (const replayed of [null, 'true']) {
      const response = await server.post('/v1/infer', DRAWN, { headers });
      const job = (await response.json()) as { links: { self: string } };
      expect([response.status, response.headers.get('location')]).toEqual([202, job.links.self]);
      expect(response.headers.get('idempotent-replayed')).toBe(replayed);
    }
    expect(await (await send('/v1/infer', DRAWN, 'both')).json()).toMatchObject({
      output: expect.any(String) as string,
    });
  });

  it('keeps no error', async () => {
    expect((await send('/v1/infer', { prompt: '' }, 'error')).status).toBe(422);
    expect((await send('/v1/infer', DRAWN, 'error')).status).toBe(200);
  });

  it('keeps no stream that failed', async () => {
    const stream = readEvents(await send('/v1/infer/stream', ENDLESS, 'failed'));
    await stream.next();
    process.kill(server.engine.pid!, 'SIGKILL');
    let last: string | undefined;
    for await (const { event } of stream) last = event;
    expect(last).toBe('error');
    await waitFor(() => server.engine.state.phase === 'ready');
    const again = await send('/v1/infer/stream', { ...ENDLESS, params: { max_new_tokens: 2 } }, 'failed');
    expect((await readStream(again)).events.at(-1)?.event).toBe('done');
  });

  it.each(['', 'x'.repeat(256), 'line\u0001'])('refuses the key %j', async (key) => {
    const response = await server.post('/v1/infer', { ...DRAWN, idempotency_key: key });
    expect(await codeOf(response)).toEqual([422, 'invalid_request']);
  });
});
