import { hash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Drain } from '@frontier/http';
import { type Answer, JobReceiver } from '../support/job-receiver.ts';
import { readEvents, startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const SECRET = `whsec_${Buffer.from('a secret of this test').toString('base64')}`;
const SHORT = { prompt: 'Once upon a time', params: { max_new_tokens: 4, temperature: 0 } };
const ENDLESS = { prompt: 'Tom', params: { max_new_tokens: 1000, ignore_eos: true } };

interface JobView {
  id: string;
  status: string;
  output?: string;
  attempts: number;
  error?: { code: string };
  links: { self: string };
}
interface DeliveryView {
  number: number;
  status: string;
  attempts: { at: string; status_code?: number; error?: string }[];
  next_at?: string;
}

describe('jobs', () => {
  let server: TestServer;
  let receiver: JobReceiver;
  let answer: Answer;
  beforeEach(async () => {
    answer = (response) => response.end();
    receiver = await JobReceiver.start(SECRET, (response: ServerResponse, count: number) => answer(response, count));
  });
  afterEach(async () => {
    await server.close();
    await receiver.close();
  });
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    server = await startServer({ env: { WEBHOOK_HMAC_SECRET: SECRET, WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', ...env } });
  };
  const get = async <T = JobView>(path: string, token = TOKEN): Promise<T> =>
    (await (await fetch(server.url + path, { headers: { authorization: `Bearer ${token}` } })).json()) as T;
  const post = async <T = JobView>(path: string, body: unknown, init: RequestInit = {}): Promise<[number, T]> => {
    const response = await server.post(path, body, init);
    return [response.status, (await response.json()) as T];
  };
  const accept = async (body: object): Promise<string> => {
    const [status, { id }] = await post('/v1/jobs', body);
    expect(status).toBe(202);
    return id;
  };
  const ended = async (id: string): Promise<JobView> => {
    let job: JobView;
    await waitFor(async () => !['queued', 'running'].includes((job = await get(`/v1/jobs/${id}`)).status));
    return job!;
  };
  const deliveries = async (id: string): Promise<DeliveryView[]> =>
    (await get<{ data: DeliveryView[] }>(`/v1/jobs/${id}/deliveries`)).data;

  it('answer what /v1/infer answers, later, and tell it signed', async () => {
    await start();
    const [, infer] = await post<{ output: string; usage: object }>('/v1/infer', SHORT);
    const id = await accept({ ...SHORT, callback_url: receiver.url });
    expect(await ended(id)).toMatchObject({
      status: 'succeeded',
      output: infer.output,
      usage: infer.usage,
      attempts: 1,
    });
    await waitFor(() => receiver.received.length === 1);
    expect(receiver.received[0]).toMatchObject({
      id: `msg_${id}`,
      type: 'job.succeeded',
      data: { id, status: 'succeeded', output: infer.output, usage: infer.usage, error: null },
    });
    await waitFor(async () => (await deliveries(id))[0].status === 'delivered');
    expect(await deliveries(id)).toMatchObject([{ number: 1, attempts: [{ status_code: 200 }] }]);
    const [status, asked] = await post('/v1/infer', SHORT, { headers: { prefer: 'respond-async' } });
    expect([status, (await ended(asked.id)).output]).toEqual([202, infer.output]);
  });

  it("are signed with the caller's own secret where there is one", async () => {
    await start({ WEBHOOK_HMAC_SECRET: 'another-one-entirely' });
    const id = await accept({ ...SHORT, callback_url: receiver.url, callback_secret: SECRET });
    await waitFor(() => receiver.received.length === 1);
    expect([receiver.received[0].data.id, receiver.refused]).toEqual([id, []]);
    expect(JSON.stringify(await get(`/v1/jobs/${id}`))).not.toContain(SECRET);
  });

  it('tell what happens to them as events, from any on', async () => {
    await start();
    const id = await accept(ENDLESS);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const live = readEvents(await fetch(`${server.url}/v1/jobs/${id}/events`, { headers }));
    const seen = [(await live.next()).value!.event, (await live.next()).value!.event];
    await post(`/v1/jobs/${id}/cancel`, '');
    for await (const { event } of live) seen.push(event);
    expect(seen).toEqual(['queued', 'running', 'cancelled']);
    const rest = await fetch(`${server.url}/v1/jobs/${id}/events`, { headers: { ...headers, 'last-event-id': '2' } });
    expect(await rest.text()).toMatch(/^id: 3\nevent: cancelled\ndata: \{"status":"cancelled"/);
  });

  it('do not hold up the end of the server, though somebody follows one', async () => {
    await start({ JOBS_CONCURRENCY: '1' });
    await accept(ENDLESS);
    const waiting = await accept(ENDLESS);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const events = readEvents(await fetch(`${server.url}/v1/jobs/${waiting}/events`, { headers }));
    await events.next();
    // Far longer than this test may take.
    await server.app.get(Drain).run(0, 600_000);
    expect((await events.next()).done).toBe(true);
  });

  it('are cancelled while they wait and while they run, once', async () => {
    await start({ JOBS_CONCURRENCY: '1' });
    const running = await accept({ ...ENDLESS, callback_url: receiver.url });
    const waiting = await accept({ ...ENDLESS, callback_url: receiver.url });
    await waitFor(async () => (await get(`/v1/jobs/${running}`)).status === 'running');
    expect(await post(`/v1/jobs/${waiting}/cancel`, '')).toMatchObject([200, { status: 'cancelled' }]);
    await post(`/v1/jobs/${running}/cancel`, '');
    expect((await ended(running)).status).toBe('cancelled');
    expect(await post(`/v1/jobs/${running}/cancel`, '')).toMatchObject([200, { status: 'cancelled' }]);
    await waitFor(() => receiver.received.length === 2 && server.engine.unfinished === 0);
    expect(new Set(receiver.received.map(({ type }) => type))).toEqual(new Set(['job.cancelled']));
  });

  it('expire, whether they wait or run', async () => {
    await start({ JOBS_CONCURRENCY: '1' });
    const running = await accept({ ...ENDLESS, expires_in: 1 });
    const waiting = await accept({ ...SHORT, expires_in: 1 });
    await waitFor(async () => (await get(`/v1/jobs/${running}`)).status !== 'queued');
    const slow = await ended(running);
    expect(['expired', 'succeeded']).toContain(slow.status);
    expect(['expired', 'succeeded']).toContain((await ended(waiting)).status);
    await waitFor(() => server.engine.unfinished === 0);
  });

  it('yield to requests that somebody waits for', async () => {
    await start({ BATCH_MAX_SIZE: '2', JOBS_CONCURRENCY: '8' });
    const ids = await Promise.all(Array.from({ length: 8 }, () => accept(ENDLESS)));
    await waitFor(() => (server.engine.report?.running ?? 0) === 2);
    expect((await server.post('/v1/infer', SHORT)).status).toBe(200);
    // None of them has ended: the request waited for none.
    const statuses = await Promise.all(ids.map(async (id) => (await get(`/v1/jobs/${id}`)).status));
    expect(new Set(statuses)).toEqual(new Set(['queued', 'running']));
    await Promise.all(ids.map((id) => post(`/v1/jobs/${id}/cancel`, '')));
  });

  it('fail where they cannot succeed, and are given another chance by an operator', async () => {
    await start();
    const id = await accept({ prompt: 'word '.repeat(1600), callback_url: receiver.url });
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'context_length_exceeded' },
    });
    await waitFor(() => receiver.received.length === 1);
    expect(receiver.received[0]).toMatchObject({
      type: 'job.failed',
      data: { error: { code: 'context_length_exceeded' } },
    });
    const dead = await get<{ data: JobView[] }>('/admin/jobs/dead-letters');
    expect(dead.data.map((job) => job.id)).toEqual([id]);
    const [status] = await post(`/admin/jobs/${id}/requeue`, '');
    expect(status).toBe(200);
    await waitFor(() => receiver.received.length === 2);
    expect(new Set(receiver.received.map((message) => message.id)).size).toBe(2);
    expect((await deliveries(id)).map(({ number }) => number)).toEqual([1, 2]);
    const done = await accept(SHORT);
    await ended(done);
    expect((await post(`/admin/jobs/${done}/requeue`, ''))[0]).toBe(409);
    expect((await post('/admin/jobs/nobody/requeue', ''))[0]).toBe(404);
  });

  it('are tried again after a fault of the engine', async () => {
    await start();
    const id = await accept(ENDLESS);
    await waitFor(() => (server.engine.report?.running ?? 0) === 1);
    process.kill(server.engine.pid!, 'SIGKILL');
    await waitFor(async () => (await get(`/v1/jobs/${id}`)).attempts === 2);
    await post(`/v1/jobs/${id}/cancel`, '');
    expect((await ended(id)).status).toBe('cancelled');
  });

  it('are listed by pages, and exist for their owners only', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'frontier-keys-'));
    const file = join(folder, 'keys.yaml');
    const keys = ['one', 'two'].map((name) => `  - { name: ${name}, sha256: ${hash('sha256', `token-${name}`)} }\n`);
    writeFileSync(file, `keys:\n${keys.join('')}`);
    await start({ API_KEYS_FILE: file });
    const as = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await post('/v1/jobs', SHORT, as('token-one')))[1].id);
    const pages: string[][] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: { data: JobView[]; next_cursor: string | null } = await get(
        `/v1/jobs?limit=2${cursor ? `&cursor=${cursor}` : ''}`,
        'token-one',
      );
      pages.push(page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect([pages.map((page) => page.length), new Set(pages.flat())]).toEqual([[2, 2, 1], new Set(ids)]);
    expect((await get<{ data: JobView[] }>('/v1/jobs', 'token-two')).data).toEqual([]);
    expect(await get(`/v1/jobs/${ids[0]}`, 'token-two')).toMatchObject({ status: 404, code: 'job_not_found' });
    expect((await post(`/v1/jobs/${ids[0]}/cancel`, '', as('token-two')))[0]).toBe(404);
    expect(await get(`/v1/jobs/${ids[0]}`)).toMatchObject({ id: ids[0] });
    expect(await get('/admin/jobs/dead-letters', 'token-one')).toMatchObject({ status: 403 });
    for (const query of ['limit=0', 'limit=101', 'cursor=x', 'status=gone']) {
      expect(await get(`/v1/jobs?${query}`, 'token-one')).toMatchObject({ status: 422, code: 'invalid_request' });
    }
    rmSync(folder, { recursive: true });
  });

  it.each<[object, number, string]>([
    [{ prompt: '' }, 422, 'invalid_request'],
    [{ ...SHORT, model: 'gpt-5' }, 404, 'model_not_found'],
    [{ ...SHORT, callback_url: 'ftp://example.com' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://user:pass@example.com' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://192.168.1.1/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://localhost:8080/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://[::1]/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://169.254.169.254/latest/meta-data' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_url: 'http://2130706433/' }, 422, 'callback_refused'],
    [{ ...SHORT, callback_secret: 'short' }, 422, 'invalid_request'],
    [{ ...SHORT, callback_url: 'https://example.com', callback_secret: 'whsec_!!!!!!!!!!!!' }, 422, 'invalid_request'],
    [{ ...SHORT, priority: 'urgent' }, 422, 'invalid_request'],
    [{ ...SHORT, expires_in: 0 }, 422, 'invalid_request'],
    [{ ...SHORT, callbackUrl: 'x' }, 422, 'invalid_request'],
  ])('refuse %j', async (body, status, code) => {
    await start({ WEBHOOK_ALLOWED_HOSTS: '' });
    expect(await post('/v1/jobs', body)).toMatchObject([status, { code }]);
  });

  it('are delivered after a receiver has failed, and never to one that wants no more', async () => {
    await start();
    answer = (response, count) => response.writeHead(count === 1 ? 500 : 200).end();
    const id = await accept({ ...SHORT, callback_url: receiver.url });
    await waitFor(() => receiver.received.length === 1);
    await waitFor(async () => (await deliveries(id))[0].attempts.length === 1);
    const [first] = await deliveries(id);
    expect(first).toMatchObject({ status: 'pending', attempts: [{ status_code: 500 }] });
    expect(new Date(first.next_at!).getTime() - new Date(first.attempts[0].at).getTime()).toBeGreaterThan(4400);
    await waitFor(() => receiver.received.length === 2);
    await waitFor(async () => (await deliveries(id))[0].status === 'delivered');
    expect(receiver.received.map((message) => message.id)).toEqual([`msg_${id}`, `msg_${id}`]);

    answer = (response) => response.writeHead(410).end();
    const gone = await accept({ ...SHORT, callback_url: receiver.url });
    await waitFor(async () => (await deliveries(gone))[0]?.status === 'disabled');
    // A replay is a delivery of its own.
    answer = (response) => response.end();
    expect((await post(`/v1/jobs/${gone}/deliveries/1/replay`, ''))[0]).toBe(202);
    await waitFor(async () => (await deliveries(gone))[1]?.status === 'delivered');
    expect((await post(`/v1/jobs/${gone}/deliveries/9/replay`, ''))[0]).toBe(409);
    expect((await post(`/v1/jobs/${gone}/deliveries/x/replay`, ''))[0]).toBe(400);
  });

  it('do not follow redirects, note connections that break, and wait as long as a receiver asks', async () => {
    await start();
    const elsewhere = await JobReceiver.start(SECRET);
    answer = (response) => response.writeHead(302, { location: elsewhere.url }).end();
    const redirected = await accept({ ...SHORT, callback_url: receiver.url });
    await waitFor(async () => (await deliveries(redirected))[0]?.attempts.length === 1);
    expect(await deliveries(redirected)).toMatchObject([{ status: 'pending', attempts: [{ status_code: 302 }] }]);
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();

    answer = (response) => response.destroy();
    const reset = await accept({ ...SHORT, callback_url: receiver.url });
    await waitFor(async () => (await deliveries(reset))[0]?.attempts.length === 1);
    expect((await deliveries(reset))[0].attempts[0].error).toMatch(/socket hang up|ECONNRESET/);

    answer = (response) => response.writeHead(503, { 'retry-after': '3600' }).end();
    const patient = await accept({ ...SHORT, callback_url: receiver.url });
    await waitFor(async () => (await deliveries(patient))[0]?.attempts.length === 1);
    const [{ next_at }] = await deliveries(patient);
    expect(new Date(next_at!).getTime() - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('are counted', async () => {
    await start();
    await ended(await accept({ ...SHORT, callback_url: receiver.url }));
    await waitFor(() => receiver.received.length === 1);
    const text = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
    await waitFor(async () => /webhook_deliveries_total\{status="delivered"\} [1-9]/.test(await text()));
    const metrics = await text();
    expect(metrics).toMatch(/jobs_total\{status="succeeded"\} [1-9]/);
    expect(metrics).toMatch(/jobs_total\{status="queued"\} [1-9]/);
  });
});
