import { Drain } from '@frontier/http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elapsedMs } from '../support/elapsed.ts';
import { JobReceiver } from '../support/job-receiver.ts';
import { readEvents, startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const SECRET = `whsec_${Buffer.from('a secret of this test').toString('base64')}`;
const SHORT = { prompt: 'Once upon a time', params: { max_new_tokens: 4, temperature: 0 } };
const ENDLESS = { prompt: 'Tom', params: { max_new_tokens: 1000, ignore_eos: true } };
const headers = { authorization: `Bearer ${TOKEN}` };

describe('jobs', () => {
  let server: TestServer;
  let receiver: JobReceiver;
  beforeEach(async () => {
    receiver = await JobReceiver.start(SECRET, (response, count) => response.writeHead(count === 1 ? 500 : 200).end());
  });
  afterEach(async () => {
    await server.close();
    await receiver.close();
  });
  const start = async (env: Record<string, string> = {}): Promise<void> => {
    server = await startServer({ env: { WEBHOOK_HMAC_SECRET: SECRET, WEBHOOK_ALLOWED_HOSTS: '127.0.0.1', ...env } });
  };
  const accept = async (body: object): Promise<string> =>
    ((await (await server.post('/v1/jobs', body)).json()) as { id: string }).id;

  it('let the server end within 2 s, though a caller follows one', async () => {
    await start({ JOBS_CONCURRENCY: '1' });
    await accept(ENDLESS);
    const events = readEvents(await fetch(`${server.url}/v1/jobs/${await accept(ENDLESS)}/events`, { headers }));
    await events.next();
    const end = async (): Promise<void> => {
      await server.app.get(Drain).run(0, 20_000);
      expect((await events.next()).done).toBe(true);
    };
    expect(await elapsedMs(end)).toBeLessThan(2000);
  });

  it('let a short request through within 1.5 s, when one of them alone takes longer', async () => {
    await start({ BATCH_MAX_SIZE: '2', JOBS_CONCURRENCY: '8' });
    const ids = await Promise.all(Array.from({ length: 8 }, () => accept(ENDLESS)));
    await waitFor(() => (server.engine.report?.running ?? 0) === 2);
    expect(await elapsedMs(() => server.post('/v1/infer', SHORT))).toBeLessThan(1500);
    await Promise.all(ids.map((id) => server.post(`/v1/jobs/${id}/cancel`, '')));
  });

  it('are delivered again 5 s after a receiver has failed, and within 8 s', async () => {
    await start();
    const id = await accept({ ...SHORT, callback_url: receiver.url });
    interface Delivery {
      attempts: object[];
      next_at: string;
    }
    const delivery = async (): Promise<Delivery> => {
      const response = await fetch(`${server.url}/v1/jobs/${id}/deliveries`, { headers });
      return ((await response.json()) as { data: Delivery[] }).data[0];
    };
    await waitFor(async () => (await delivery())?.attempts.length === 1);
    const wait = new Date((await delivery()).next_at).getTime() - Date.now();
    expect(wait).toBeGreaterThan(3000);
    expect(wait).toBeLessThan(5600);
    await waitFor(() => receiver.received.length === 2, 8000);
  });
});
