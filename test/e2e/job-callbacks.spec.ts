import { afterEach, describe, expect, it } from 'vitest';
import { JobReceiver } from '../support/job-receiver.ts';
import { JobsServer, SECRET, SHORT } from '../support/jobs-server.ts';
import { waitFor } from '../support/server.ts';

describe('callbacks of jobs', () => {
  let jobs: JobsServer;
  afterEach(() => jobs.close());

  it("are signed with the caller's own secret where there is one", async () => {
    jobs = await JobsServer.start({ WEBHOOK_HMAC_SECRET: 'another-one-entirely' });
    const id = await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url, callback_secret: SECRET });
    await waitFor(() => jobs.receiver.received.length === 1);
    expect([jobs.receiver.received[0].data.id, jobs.receiver.refused]).toEqual([id, []]);
    expect(JSON.stringify(await jobs.get(`/v1/jobs/${id}`))).not.toContain(SECRET);
  });

  it('are sent again after a receiver has failed, and never after it responded with 410', async () => {
    jobs = await JobsServer.start();
    jobs.answer = (response, count) => response.writeHead(count === 1 ? 500 : 200).end();
    const id = await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url });
    await waitFor(() => jobs.receiver.received.length === 1);
    await waitFor(async () => (await jobs.deliveries(id))[0].attempts.length === 1);
    const [first] = await jobs.deliveries(id);
    expect(first).toMatchObject({ status: 'pending', attempts: [{ status_code: 500 }] });
    expect(new Date(first.next_at!).getTime() - new Date(first.attempts[0].at).getTime()).toBeGreaterThan(4400);
    await waitFor(() => jobs.receiver.received.length === 2);
    await waitFor(async () => (await jobs.deliveries(id))[0].status === 'delivered');
    expect(jobs.receiver.received.map((message) => message.id)).toEqual([`msg_${id}`, `msg_${id}`]);

    jobs.answer = (response) => response.writeHead(410).end();
    const gone = await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url });
    await waitFor(async () => (await jobs.deliveries(gone))[0]?.status === 'disabled');
    // A replay is a delivery of its own.
    jobs.answer = (response) => response.end();
    expect((await jobs.post(`/v1/jobs/${gone}/deliveries/1/replay`, ''))[0]).toBe(202);
    await waitFor(async () => (await jobs.deliveries(gone))[1]?.status === 'delivered');
    expect((await jobs.post(`/v1/jobs/${gone}/deliveries/9/replay`, ''))[0]).toBe(409);
    expect((await jobs.post(`/v1/jobs/${gone}/deliveries/x/replay`, ''))[0]).toBe(400);
  });

  it('follow no redirect, record connections that break, and wait as long as a receiver asks', async () => {
    jobs = await JobsServer.start();
    const elsewhere = await JobReceiver.start(SECRET);
    jobs.answer = (response) => response.writeHead(302, { location: elsewhere.url }).end();
    const redirected = await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url });
    await waitFor(async () => (await jobs.deliveries(redirected))[0]?.attempts.length === 1);
    expect(await jobs.deliveries(redirected)).toMatchObject([{ status: 'pending', attempts: [{ status_code: 302 }] }]);
    expect(elsewhere.received).toEqual([]);
    await elsewhere.close();

    jobs.answer = (response) => response.destroy();
    const reset = await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url });
    await waitFor(async () => (await jobs.deliveries(reset))[0]?.attempts.length === 1);
    expect((await jobs.deliveries(reset))[0].attempts[0].error).toMatch(/socket hang up|ECONNRESET/);

    jobs.answer = (response) => response.writeHead(503, { 'retry-after': '3600' }).end();
    const patient = await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url });
    await waitFor(async () => (await jobs.deliveries(patient))[0]?.attempts.length === 1);
    const [{ next_at }] = await jobs.deliveries(patient);
    expect(new Date(next_at!).getTime() - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('are counted', async () => {
    jobs = await JobsServer.start();
    await jobs.ended(await jobs.accept({ ...SHORT, callback_url: jobs.receiver.url }));
    await waitFor(() => jobs.receiver.received.length === 1);
    const text = async (): Promise<string> => (await fetch(`${jobs.server.url}/metrics`)).text();
    await waitFor(async () => /webhook_deliveries_total\{status="delivered"\} [1-9]/.test(await text()));
    const metrics = await text();
    expect(metrics).toMatch(/jobs_total\{status="succeeded"\} [1-9]/);
    expect(metrics).toMatch(/jobs_total\{status="queued"\} [1-9]/);
  });
});
