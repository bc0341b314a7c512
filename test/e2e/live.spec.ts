import { createHash } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Drain } from '@frontier/http';
import type { Bye, Hello, LiveRequest, Tick } from '@frontier/live/protocol';
import type { RequestRecord } from '@frontier/telemetry';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LiveReader } from '../support/live-reader.ts';
import { startServer, STORYTELLER, type TestServer, TOKEN, waitFor } from '../support/server.ts';

const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
const TALE = { prompt: 'Once upon a time', params: { temperature: 0, max_new_tokens: 24 } };
/** Long enough to be found running. */
const ENDLESS = { temperature: 1, max_new_tokens: 900, ignore_eos: true };

describe('GET /v1/live', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frontier-live-'));
  const records = new Map<string, RequestRecord>();
  const keep = (message: unknown): void => {
    const record = message as RequestRecord;
    records.set(record.requestId, record);
  };
  const readers: LiveReader[] = [];
  let server: TestServer;

  beforeAll(async () => {
    subscribe('frontier.request', keep);
    const keys = join(folder, 'keys.yaml');
    const entries = ['a', 'b'].map((name) => `{ name: ${name}, sha256: ${digest(name)}, models: [storyteller] }`);
    writeFileSync(keys, `keys: [${entries.join(', ')}]`);
    server = await startServer({
      // On a slow machine, the last of those who wait would be refused.
      env: { CACHE_BACKEND: 'memory', API_KEYS_FILE: keys, BATCH_MAX_SIZE: '2', QUEUE_TIMEOUT_MS: '120000' },
      yaml: `models: [{ name: storyteller, path: ${STORYTELLER} }, { name: other, path: ${STORYTELLER} }]`,
    });
  });
  afterAll(async () => {
    unsubscribe('frontier.request', keep);
    await server.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.close()));
  });

  const open = async (token = TOKEN): Promise<LiveReader> => {
    const reader = await LiveReader.open(server.url, token);
    readers.push(reader);
    return reader;
  };
  const infer = (id: string, body: object, init: RequestInit = {}, token = TOKEN): Promise<Response> => {
    const headers = { 'x-request-id': id, authorization: `Bearer ${token}`, ...init.headers };
    return server.post('/v1/infer', body, { ...init, headers });
  };
  const phasesOf = ({ seg }: LiveRequest): string[] => seg.map(([phase]) => phase);

  /** Its segments begin with it, never go back, and have its whole duration. */
  const expectWhole = ({ id, seg, end }: LiveRequest & { end: NonNullable<LiveRequest['end']> }): void => {
    expect(seg[0]).toEqual(['checks', 0]);
    const borders = [...seg.map(([, from]) => from), end.ms];
    expect(borders).toEqual(borders.toSorted((x, y) => x - y));
    expect(Math.abs(end.ms - records.get(id)!.durationMs)).toBeLessThan(2);
  };

  it('begins with a history, and then tells how each request spends its time', async () => {
    await infer('before', TALE);
    const live = await open();
    const [hello] = live.of<Hello>('hello');
    expect(hello).toMatchObject({ v: 1, scope: 'all', limits: { queue_max: 512, queue_timeout_ms: 120_000 } });
    expect(hello.models.map(({ id, status }) => [id, status])).toContainEqual(['storyteller', 'ready']);
    expect(hello.requests.map(({ id }) => id)).toEqual(['before']);

    const two = [infer('first', { ...TALE, prompt: 'Two' }), infer('second', { ...TALE, prompt: 'Two' })];
    await Promise.all(two.map(async (response) => (await response).text()));
    await infer('again', TALE);
    const [first, second, again] = [await live.end('first'), await live.end('second'), await live.end('again')];
    for (const request of [first, second, again]) expectWhole(request);
    const [leader, follower] = first.leader === undefined ? [first, second] : [second, first];
    expect(phasesOf(leader)).toEqual(['checks', 'queue', 'prompt', 'tokens']);
    expect(leader).toMatchObject({
      model: 'storyteller',
      op: 'text_completion',
      client: 'default',
      priority: 'normal',
      generated: 24,
      max_tokens: 24,
      cache: 'MISS',
      end: { status: 200, reason: 'length' },
    });
    expect(leader.prefilled).toBe(leader.prompt_tokens);
    expect(leader.samples.at(-1)![1]).toBe(24);
    expect(follower).toMatchObject({ cache: 'COALESCED', leader: leader.id, generated: 24 });
    expect(again).toMatchObject({ cache: 'HIT', generated: 24, end: { reason: 'length' } });
    expect(phasesOf(again)).toEqual(['checks']);

    const lastTick = () => live.of<Tick>('tick').at(-1);
    await waitFor(() => lastTick()?.cache.hit === 1 && lastTick()!.models.storyteller.running === 0);
    const { models, cache, server: process, jobs } = lastTick()!;
    expect(cache).toEqual({ hit: 1, miss: 2, coalesced: 1 });
    expect(models.storyteller).toMatchObject({ running: 0, waiting: 0, max_batch: 2, refused: 0 });
    expect(models.storyteller.ttft_ms![2]).toBe(2);
    expect(Math.min(process.rss!, models.storyteller.rss!)).toBeGreaterThan(2 ** 20);
    expect(jobs).toEqual({ queued: 0, running: 0, failed: 0, deliveries_pending: 0 });
    expect(JSON.stringify(live.events)).not.toMatch(/Once upon|127\.0\.0\.1|test-token/);
  });

  it('shows who waits at which place, who made room for whom, who left and who was refused', async () => {
    const live = await open();
    const low = ['low-1', 'low-2', 'low-3', 'low-4', 'low-5'];
    const leavers = low.map((id) => {
      const leaver = new AbortController();
      const body = { prompt: id, params: { ...ENDLESS, priority: 'low' } };
      void infer(id, body, { signal: leaver.signal }).catch(() => {});
      return leaver;
    });
    await waitFor(() => [...live.requests.values()].some(({ place }) => place !== undefined));
    const urgent = { prompt: 'Now', params: { ...ENDLESS, priority: 'high', max_new_tokens: 20 } };
    expect((await infer('urgent', urgent)).status).toBe(200);
    const late = await infer(
      'late',
      { prompt: 'x', params: { priority: 'low' } },
      { headers: { 'x-request-timeout-ms': '150' } },
    );
    expect(late.status).toBe(503);
    for (const leaver of leavers) leaver.abort();
    const ends = await Promise.all([...low, 'urgent', 'late'].map((id) => live.end(id)));
    for (const request of ends) expectWhole(request);
    const byId = new Map(ends.map((request) => [request.id, request]));
    const unserved = ends.filter((request) => phasesOf(request).join(' ') === 'checks queue' && request.id !== 'late');
    expect(unserved.length).toBeGreaterThan(0);
    expect(unserved.map(({ end }) => [end.status, end.reason])).toEqual(unserved.map(() => [499, 'left']));
    expect(byId.get('late')!.end).toMatchObject({ status: 503, reason: 'refused' });
    expect(byId.get('urgent')).toMatchObject({ priority: 'high', generated: 20 });
    const preempted = ends.filter((request) => phasesOf(request).includes('preempted'));
    expect(preempted.map(({ id }) => id)).toEqual([expect.stringMatching(/^low-/)]);
    expect(phasesOf(preempted[0]).join(' ')).toContain('tokens preempted tokens');
    const refused = ends.filter(({ end }) => end.status === 503).length;
    await waitFor(() => live.of<Tick>('tick').at(-1)?.models.storyteller.refused === refused);
    expect(live.of('notice')).toContainEqual(expect.objectContaining({ code: 'overloaded', model: 'storyteller' }));
  });

  it('shows a key without the admin flag its own requests and the numbers of its models, and nothing of others', async () => {
    const [own, all] = [await open('a'), await open()];
    expect(own.of<Hello>('hello')[0]).toMatchObject({ scope: 'own', requests: [], jobs: null });
    await infer('of-b', { ...TALE, prompt: 'B' }, {}, 'b');
    await infer('of-a', { ...TALE, prompt: 'A' }, {}, 'a');
    await Promise.all([own.end('of-a'), all.end('of-a'), all.end('of-b')]);
    await waitFor(() => own.of('tick').length > 0);
    expect([...own.requests.keys()]).toEqual(['of-a']);
    expect(Object.keys(own.of<Tick>('tick')[0].models)).toEqual(['storyteller']);
    expect(own.of<Tick>('tick')[0]).toMatchObject({ server: { rss: null }, models: { storyteller: { rss: null } } });
    expect(JSON.stringify(own.events)).not.toMatch(/of-b|"client"|other/);
    expect(JSON.stringify(own.events)).not.toContain(STORYTELLER);
    expect(all.requests.get('of-b')).toMatchObject({ client: 'b' });
  });

  it('is opened twice by a key, and not a third time', async () => {
    await open('a');
    await open('a');
    const headers = { authorization: 'Bearer a' };
    const third = await fetch(`${server.url}/v1/live`, { headers });
    expect([third.status, third.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await third.json()).toMatchObject({ code: 'too_many_streams' });
    await readers[0].close();
    await waitFor(async () => {
      const next = await fetch(`${server.url}/v1/live`, { headers });
      await next.body!.cancel();
      return next.status === 200;
    });
  });

  it('does not hold up the shutdown, and says when to come again', async () => {
    const live = await open();
    await server.app.get(Drain).run(0, 600_000);
    await live.ended;
    expect(live.events.slice(-2).map(({ event, data }) => data.code ?? event)).toEqual(['draining', 'bye']);
    expect(live.of<Bye>('bye')).toEqual([{ reason: 'shutting_down', retry_ms: 2000 }]);
    const late = await fetch(`${server.url}/v1/live`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await late.json()).toMatchObject({ code: 'shutting_down' });
  });
});

describe('ENABLE_CONSOLE=false', () => {
  it('leaves no stream', async () => {
    const server = await startServer({ env: { ENABLE_CONSOLE: 'false' }, ready: false });
    const response = await fetch(`${server.url}/v1/live`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(response.status).toBe(404);
    await server.close();
  });
});
