import { createHmac } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer, TOKEN, waitFor } from '../support/server.ts';
import { ServerProcess } from '../support/server-process.ts';

const OLD = `whsec_${Buffer.from('the old secret').toString('base64')}`;
const NEW = `whsec_${Buffer.from('the new secret').toString('base64')}`;
const PAYLOAD = { prompt: 'Once upon a time', params: { max_new_tokens: 3, temperature: 0 } };

const now = (): number => Math.floor(Date.now() / 1000);

interface Sent {
  status: number;
  body: Record<string, unknown>;
}

describe('webhook ingestion', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ env: { WEBHOOK_HMAC_SECRET: `${NEW},${OLD}` } });
  });
  afterAll(() => server.close());

  const send = async (body: string | Uint8Array, headers: Record<string, string>): Promise<Sent> => {
    const response = await fetch(`${server.url}/webhooks/ingest`, { method: 'POST', body: body as never, headers });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const standard = (body: string, { id = 'msg_1', at = now(), secret = NEW } = {}): Record<string, string> => ({
    'webhook-id': id,
    'webhook-timestamp': String(at),
    'webhook-signature': new Webhook(secret).sign(id, new Date(at * 1000), body),
  });
  const legacy = (body: string | Uint8Array, at = now(), secret = NEW): Record<string, string> => ({
    'x-timestamp': String(at),
    'x-signature': createHmac('sha256', secret).update(`${at}.`).update(body).digest('hex'),
  });
  const message = (id: string, type = 'inference.requested', payload: unknown = PAYLOAD): string =>
    JSON.stringify({ id, type, payload, timestamp: now() });

  it('makes a job of a message in the form of Standard Webhooks, once', async () => {
    const body = JSON.stringify({ type: 'inference.requested', timestamp: new Date().toISOString(), data: PAYLOAD });
    const first = await send(body, standard(body, { id: 'msg_job' }));
    expect(first).toEqual({
      status: 202,
      body: {
        id: 'msg_job',
        type: 'inference.requested',
        status: 'accepted',
        result: { job_id: expect.stringMatching(/^job_[0-9a-f]{32}$/) },
      },
    });
    const again = await send(body, standard(body, { id: 'msg_job', at: now() + 1 }));
    expect(again).toEqual({ ...first, status: 200 });
    const { job_id } = first.body.result as { job_id: string };
    await waitFor(async () => {
      const response = await fetch(`${server.url}/v1/jobs/${job_id}`, {
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      const job = (await response.json()) as { status: string; output: string };
      return job.status === 'succeeded' && /^,? there/.test(job.output);
    });
  });

  it('takes the legacy form, signed with any of the secrets while one takes the place of another', async () => {
    for (const [id, secret] of [
      ['evt_new', NEW],
      ['evt_old', OLD],
    ]) {
      const body = message(id);
      expect((await send(body, legacy(body, now(), secret))).status).toBe(202);
      const other = JSON.stringify({ type: 'x', timestamp: 1 });
      expect((await send(other, standard(other, { id: `std_${id}`, secret }))).status).toBe(202);
    }
    const body = message('evt_both');
    const headers = standard(body, { id: 'evt_both', secret: OLD });
    headers['webhook-signature'] = `v1,AAAA v2,whatever ${headers['webhook-signature']}`;
    expect((await send(body, headers)).status).toBe(202);
  });

  it('refuses the same id with other bytes, also with the same JSON in another order', async () => {
    const body = JSON.stringify({ id: 'evt_order', type: 'a', timestamp: 5 });
    const reordered = JSON.stringify({ type: 'a', timestamp: 5, id: 'evt_order' });
    expect((await send(body, legacy(body))).status).toBe(202);
    const refused = await send(reordered, legacy(reordered));
    expect(refused).toMatchObject({ status: 422, body: { code: 'message_id_reused' } });
    expect((await send(body, legacy(body))).status).toBe(200);
  });

  it('takes no id from a header that the legacy signature does not cover', async () => {
    const body = message('evt_own');
    const headers = legacy(body);
    expect((await send(body, headers)).status).toBe(202);
    expect(await send(body, { ...headers, 'webhook-id': 'forged' })).toMatchObject({
      status: 200,
      body: { id: 'evt_own' },
    });
  });

  it('keeps messages that nobody handles, and says so', async () => {
    const body = message('evt_unknown', 'something.else');
    const receipt = { id: 'evt_unknown', type: 'something.else', status: 'accepted', unhandled: true };
    expect(await send(body, legacy(body))).toEqual({ status: 202, body: receipt });
    expect(await send(body, legacy(body))).toEqual({ status: 200, body: receipt });
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/webhook_messages_total\{result="unhandled"\} [1-9]/);
  });

  it('takes a message that comes ten times at once for one', async () => {
    const body = message('evt_crowd');
    const receipts = await Promise.all(Array.from({ length: 10 }, () => send(body, legacy(body))));
    expect(new Set(receipts.map((receipt) => JSON.stringify(receipt.body))).size).toBe(1);
    expect(receipts.filter(({ status }) => status === 202)).toHaveLength(1);
    expect(receipts.filter(({ status }) => status === 200)).toHaveLength(9);
  });

  const body = message('evt_denied');
  it.each<[string, () => Record<string, string>]>([
    ['no headers', () => ({})],
    ['an old timestamp', () => legacy(body, now() - 302)],
    ['a future timestamp', () => legacy(body, now() + 302)],
    ['an old timestamp, Standard Webhooks', () => standard(body, { at: now() - 302 })],
    ['a future timestamp, Standard Webhooks', () => standard(body, { at: now() + 302 })],
    ['no timestamp', () => ({ 'x-signature': legacy(body)['x-signature'] })],
    ['no signature', () => ({ 'x-timestamp': String(now()) })],
    ['no id', () => ({ ...standard(body), 'webhook-id': '' })],
    ['another id', () => ({ ...standard(body), 'webhook-id': 'msg_2' })],
    ['another timestamp', () => ({ ...legacy(body), 'x-timestamp': String(now() - 7) })],
    ['a timestamp that is no number', () => ({ ...legacy(body), 'x-timestamp': '1e9' })],
    ['another secret', () => legacy(body, now(), 'guessed')],
    [
      'another secret, Standard Webhooks',
      () => standard(body, { secret: `whsec_${Buffer.from('x').toString('base64')}` }),
    ],
    ['a signature of other bytes', () => legacy(`${body} `)],
    ['a signature that is no hexadecimal', () => ({ ...legacy(body), 'x-signature': 'zz' })],
    ['a short signature', () => ({ ...legacy(body), 'x-signature': legacy(body)['x-signature'].slice(0, 62) })],
  ])('denies %s, and tells nothing more', async (_, headers) => {
    expect(await send(body, headers())).toEqual({
      status: 401,
      body: expect.objectContaining({ code: 'signature_invalid', detail: 'The signature is not valid.' }),
    });
  });

  it.each<[string, string | Uint8Array, number, string]>([
    ['no JSON', '{', 400, 'malformed_request'],
    ['no body', '', 400, 'malformed_request'],
    ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 400, 'malformed_request'],
    ['a list', '[]', 422, 'invalid_request'],
    ['no id', '{"type":"a","timestamp":1}', 422, 'invalid_request'],
    ['no type', '{"id":"a","timestamp":1}', 422, 'invalid_request'],
    ['no timestamp', '{"id":"a","type":"b"}', 422, 'invalid_request'],
    ['an id with a line end', '{"id":"a\\n","type":"b","timestamp":1}', 422, 'invalid_request'],
    ['a payload that is no job', message('evt_bad', 'inference.requested', { promt: 'x' }), 422, 'invalid_request'],
    ['a payload without a prompt', message('evt_bad2', 'inference.requested', null), 422, 'invalid_request'],
    [
      'a model that there is not',
      message('evt_bad3', 'inference.requested', { model: 'gpt-5', prompt: 'x' }),
      404,
      'model_not_found',
    ],
  ])('refuses %s', async (_, bytes, status, code) => {
    expect(await send(bytes, legacy(bytes))).toMatchObject({ status, body: { code } });
  });

  it('denies a request without a body or its length', async () => {
    const response = await fetch(`${server.url}/webhooks/ingest`, { method: 'POST' });
    expect(response.status).toBe(401);
  });

  it('refuses 5 MB, signed or not', async () => {
    const large = message('evt_large', 'a', 'x'.repeat(5_000_000));
    expect(await send(large, legacy(large))).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  it('names the place of what is wrong in a payload, and takes the message once it is mended', async () => {
    const wrong = message('evt_mend', 'inference.requested', { prompt: 'x', params: { temperature: 9 } });
    const refused = await send(wrong, legacy(wrong));
    expect(refused.body.errors).toEqual([{ pointer: '/payload/params/temperature', detail: expect.any(String) }]);
    const mended = message('evt_mend');
    expect((await send(mended, legacy(mended))).status).toBe(202);
  });
});

describe('the secret of webhooks', () => {
  let server: ServerProcess;
  afterEach(async () => {
    server.child.kill('SIGKILL');
    await server.exit();
  });

  it('has a default that serves on a loopback address only, and none elsewhere', async () => {
    server = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token' });
    const local = await server.ready();
    expect(server.output).toContain('WEBHOOK_HMAC_SECRET is the well-known default');
    const body = '{"id":"a","type":"b","timestamp":1}';
    const at = String(now());
    const signature = createHmac('sha256', 'changeme-secret').update(`${at}.${body}`).digest('hex');
    const init = { method: 'POST', body, headers: { 'x-timestamp': at, 'x-signature': signature } };
    expect((await fetch(`${local}/webhooks/ingest`, init)).status).toBe(202);
    server.child.kill('SIGKILL');
    await server.exit();

    server = new ServerProcess({ TRUTHGPT_API_TOKEN: 'token', HOST: '0.0.0.0' });
    await waitFor(() => /:(\d+) \(API/.test(server.output));
    const port = /:(\d+) \(API/.exec(server.output)![1];
    const off = await fetch(`http://127.0.0.1:${port}/webhooks/ingest`, init);
    expect([off.status, await off.json()]).toMatchObject([503, { code: 'webhooks_not_configured' }]);
  });

  it('stops the start where the default is set for others', async () => {
    server = new ServerProcess({
      TRUTHGPT_API_TOKEN: 'token',
      HOST: '0.0.0.0',
      WEBHOOK_HMAC_SECRET: 'changeme-secret',
    });
    expect((await server.exit()).code).toBe(1);
    expect(server.output).toContain('WEBHOOK_HMAC_SECRET="changeme-secret" is refused');
  });
});
