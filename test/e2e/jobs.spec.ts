import { afterEach, describe, expect, it } from 'vitest';
import { Drain } from '@frontier/http';
import { ENDLESS, type JobView, JobsServer, SHORT } from '../support/jobs-server.ts';
import { readEvents, TOKEN, waitFor } from '../support/server.ts';

describe('jobs', () => {
  let jobs: JobsServer;
  afterEach(() => jobs.close());

  it('have the output of /v1/infer, and send it signed', async () => {
    jobs = await JobsServer.start();
    const [, infer] = await jobs.post<{ output: string; usage: object }>('/v1/infer', SHORT);
    const id = await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url });
    expect(await jobs.ended(id)).toMatchObject({
      status: 'succeeded',
      output: infer.output,
      usage: infer.usage,
      attempts: 1,
    });
    await waitFor(() => jobs.receiver.received.length === 1);
    expect(jobs.receiver.received[0]).toMatchObject({
      id: `msg_${id}`,
      type: 'job.succeeded',
      data: { id, status: 'succeeded', output: infer.output, usage: infer.usage, error: null },
    });
    await waitFor(async () => (await jobs.deliveries(id))[0].status === 'delivered');
    expect(await jobs.deliveries(id)).toMatchObject([{ number: 1, attempts: [{ status_code: 200 }] }]);
    const [status, asked] = await jobs.post('/v1/infer', SHORT, { headers: { prefer: 'respond-async' } });
    expect([status, (await jobs.ended(asked.id)).output]).toEqual([202, infer.output]);
  });

  it('stream their events, from any one on', async () => {
    jobs = await JobsServer.start();
    const id = await jobs.accept(ENDLESS);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const live = readEvents(await fetch(`${jobs.server.url}/v1/jobs/${id}/events`, { headers }));
    const seen = [(await live.next()).value!.event, (await live.next()).value!.event];
    await jobs.post(`/v1/jobs/${id}/cancel`, '');
    for await (const { event } of live) seen.push(event);
    expect(seen).toEqual(['queued', 'running', 'cancelled']);
    const rest = await fetch(`${jobs.server.url}/v1/jobs/${id}/events`, {
      headers: { ...headers, 'last-event-id': '2' },
    });
    expect(await rest.text()).toMatch(/^id: 3\nevent: cancelled\ndata: \{"status":"cancelled"/);
  });

  it('do not delay the end of the server, though a caller follows one', async () => {
    jobs = await JobsServer.start({ JOBS_CONCURRENCY: '1' });
    await jobs.accept(ENDLESS);
    const waiting = await jobs.accept(ENDLESS);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const events = readEvents(await fetch(`${jobs.server.url}/v1/jobs/${waiting}/events`, { headers }));
    await events.next();
    // Far longer than this test may take.
    await jobs.server.app.get(Drain).run(0, 600_000);
    expect((await events.next()).done).toBe(true);
  });

  it('are cancelled while they wait and while they run, once', async () => {
    jobs = await JobsServer.start({ JOBS_CONCURRENCY: '1' });
    const running = await jobs.accept({ ...ENDLESS, callback_url: jobs.receiver.url });
    const waiting = await jobs.accept({ ...ENDLESS, callback_url: jobs.receiver.url });
    await waitFor(async () => (await jobs.get(`/v1/jobs/${running}`)).status === 'running');
    expect(await jobs.post(`/v1/jobs/${waiting}/cancel`, '')).toMatchObject([200, { status: 'cancelled' }]);
    await jobs.post(`/v1/jobs/${running}/cancel`, '');
    expect((await jobs.ended(running)).status).toBe('cancelled');
    expect(await jobs.post(`/v1/jobs/${running}/cancel`, '')).toMatchObject([200, { status: 'cancelled' }]);
    await waitFor(() => jobs.receiver.received.length === 2 && jobs.server.engine.unfinished === 0);
    expect(new Set(jobs.receiver.received.map(({ type }) => type))).toEqual(new Set(['job.cancelled']));
  });

  it('expire, whether they wait or run', async () => {
    jobs = await JobsServer.start({ JOBS_CONCURRENCY: '1' });
    const running = await jobs.accept({ ...ENDLESS, expires_in: 1 });
    const waiting = await jobs.accept({ ...SHORT, expires_in: 1 });
    await waitFor(async () => (await jobs.get(`/v1/jobs/${running}`)).status !== 'queued');
    const slow = await jobs.ended(running);
    expect(['expired', 'succeeded']).toContain(slow.status);
    expect(['expired', 'succeeded']).toContain((await jobs.ended(waiting)).status);
    await waitFor(() => jobs.server.engine.unfinished === 0);
  });

  it('yield to interactive requests', async () => {
    jobs = await JobsServer.start({ BATCH_MAX_SIZE: '2', JOBS_CONCURRENCY: '8' });
    const ids = await Promise.all(Array.from({ length: 8 }, () => jobs.accept(ENDLESS)));
    await waitFor(() => jobs.server.engine.report?.running === 2);
    expect((await jobs.server.post('/v1/infer', SHORT)).status).toBe(200);
    // None of them has ended: the request waited for none.
    const { data } = await jobs.get<{ data: JobView[] }>('/v1/jobs?status=succeeded');
    expect(data).toEqual([]);
    await Promise.all(ids.map((id) => jobs.post(`/v1/jobs/${id}/cancel`, '')));
  });

  it('fail where they cannot succeed, and are queued again by an operator', async () => {
    jobs = await JobsServer.start();
    const id = await jobs.accept({ prompt: 'word '.repeat(1600), callback_url: jobs.receiver.url });
    expect(await jobs.ended(id)).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'context_length_exceeded' },
    });
    await waitFor(() => jobs.receiver.received.length === 1);
    expect(jobs.receiver.received[0]).toMatchObject({
      type: 'job.failed',
      data: { error: { code: 'context_length_exceeded' } },
    });
    const dead = await jobs.get<{ data: JobView[] }>('/admin/jobs/dead-letters');
    expect(dead.data.map((job) => job.id)).toEqual([id]);
    const [status] = await jobs.post(`/admin/jobs/${id}/requeue`, '');
    expect(status).toBe(200);
    await waitFor(() => jobs.receiver.received.length === 2);
    expect(new Set(jobs.receiver.received.map((message) => message.id)).size).toBe(2);
    expect((await jobs.deliveries(id)).map(({ number }) => number)).toEqual([1, 2]);
    const done = await jobs.accept(SHORT);
    await jobs.ended(done);
    expect((await jobs.post(`/admin/jobs/${done}/requeue`, ''))[0]).toBe(409);
    expect((await jobs.post('/admin/jobs/nobody/requeue', ''))[0]).toBe(404);
  });

  it('are tried again after a fault of the engine', async () => {
    jobs = await JobsServer.start();
    const id = await jobs.accept(ENDLESS);
    await waitFor(() => (jobs.server.engine.report?.running ?? 0) === 1);
    process.kill(jobs.server.engine.pid!, 'SIGKILL');
    await waitFor(async () => (await jobs.get(`/v1/jobs/${id}`)).attempts === 2);
    await jobs.post(`/v1/jobs/${id}/cancel`, '');
    expect((await jobs.ended(id)).status).toBe('cancelled');
  });
});
