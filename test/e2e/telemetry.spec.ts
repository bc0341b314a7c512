import { afterEach, describe, expect, it } from 'vitest';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { checkMetrics, hasPromtool } from '../support/promtool.ts';
import { ServerProcess } from '../support/server-process.ts';
import { readStream, startServer, type TestServer, waitFor } from '../support/server.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PARENT_ID = 'b7ad6b7169203331';
const HEADERS = {
  authorization: 'Bearer changeme',
  'content-type': 'application/json',
  traceparent: `00-${TRACE_ID}-${PARENT_ID}-01`,
  'x-request-id': 'traced',
};
const BODY = JSON.stringify({ prompt: 'A secret prompt', params: { temperature: 0, max_new_tokens: 12 } });

describe('traces and logs', () => {
  let server: ServerProcess;
  let receiver: OtlpReceiver;
  afterEach(async () => {
    server.child.kill('SIGKILL');
    await server.exit();
    receiver.stop();
  });

  /** Streams one request, stops the server, and returns its spans and its log line. */
  async function run(
    env: Record<string, string>,
    path = '',
  ): Promise<{ spans: ReceivedSpan[]; line: Record<string, unknown> }> {
    receiver = await OtlpReceiver.start();
    server = new ServerProcess({ OTLP_ENDPOINT: receiver.url + path, ...env });
    const url = await server.ready();
    const response = await fetch(`${url}/v1/infer/stream`, { method: 'POST', headers: HEADERS, body: BODY });
    expect(response.headers.get('traceparent') ?? '').toMatch(env.ENABLE_TRACING === 'false' ? /^$/ : /^00-0af7/);
    await readStream(response);
    server.child.kill('SIGTERM');
    expect(await server.exit()).toEqual({ code: 0, signal: null });
    const lines = server.output.split('\n').filter((text) => text.includes('"msg":"request"'));
    expect(lines).toHaveLength(1);
    return { spans: receiver.spans, line: JSON.parse(lines[0]) as Record<string, unknown> };
  }

  it('reach a receiver that is named with its path', async () => {
    const { spans } = await run({}, '/v1/traces/');
    expect(spans.length).toBeGreaterThan(0);
    expect(server.output).not.toContain('OTLP_ENDPOINT did not take');
  });

  it('that a receiver does not take leave a line in the log', async () => {
    const { spans } = await run({}, '/elsewhere');
    expect(spans).toEqual([]);
    expect(server.output).toMatch(/OTLP_ENDPOINT did not take \d+ spans: 404/);
  });

  it("show one request as one trace, the caller's, and the same ids in its log line", async () => {
    const { spans, line } = await run({});
    expect(spans.map(({ name }) => name).toSorted()).toEqual(
      ['POST /v1/infer/stream', 'cache', 'decode', 'guards', 'prefill', 'queue'].toSorted(),
    );
    const root = spans.find(({ name }) => name.startsWith('POST'))!;
    expect([root.traceId, root.parentSpanId]).toEqual([TRACE_ID, PARENT_ID]);
    for (const span of spans) {
      expect(span.traceId).toBe(TRACE_ID);
      if (span !== root) expect(span.parentSpanId).toBe(root.spanId);
      expect(BigInt(span.startTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(root.startTimeUnixNano) - 1_000_000n);
      expect(BigInt(span.endTimeUnixNano)).toBeLessThanOrEqual(BigInt(root.endTimeUnixNano) + 1_000_000n);
    }
    const attributes = Object.fromEntries(root.attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
    expect(attributes).toMatchObject({
      'gen_ai.response.model': 'storyteller',
      'gen_ai.usage.output_tokens': 12,
      'http.response.status_code': 200,
      'http.route': '/v1/infer/stream',
    });
    expect(line).toMatchObject({
      level: 'info',
      request_id: 'traced',
      trace_id: TRACE_ID,
      span_id: root.spanId,
      endpoint: '/v1/infer/stream',
      status: 200,
      model: 'storyteller',
      completion_tokens: 12,
      cached: false,
      client: 'default',
    });
    for (const name of ['latency_ms', 'queue_ms', 'ttft_ms']) expect(line[name]).toBeGreaterThanOrEqual(0);
    expect(JSON.stringify(spans) + server.output).not.toContain('secret prompt');
  });

  it('tell prompts and answers only where that was opted in', async () => {
    const { spans } = await run({ TRACE_CONTENT: 'true' });
    expect(JSON.stringify(spans)).toContain('A secret prompt');
    expect(server.output).not.toContain('secret prompt');
  });

  it('make no spans when they are off', async () => {
    const { spans, line } = await run({ ENABLE_TRACING: 'false' });
    expect([spans, line.trace_id, line.request_id]).toEqual([[], undefined, 'traced']);
  });
});

/** The seed's own names, and those of prom-client. */
const KNOWN_COMPLAINTS = new Set([
  'inference_request_duration_ms metric names should not contain abbreviated units',
  'nodejs_active_handles_total non-counter metrics should not have "_total" suffix',
  'nodejs_active_requests_total non-counter metrics should not have "_total" suffix',
  'nodejs_active_resources_total non-counter metrics should not have "_total" suffix',
]);

describe('metrics', () => {
  let server: TestServer;
  afterEach(() => server.close());

  const metrics = async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text();
  const valueOf = (text: string, series: string): number =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.slice(series.length + 1) ?? Number.NaN,
    );
  const short = (prompt: string, model?: string): unknown => ({
    model,
    prompt,
    params: { temperature: 0, max_new_tokens: 3 },
  });

  it.skipIf(!hasPromtool)('are what Prometheus reads, without a complaint but for known names', async () => {
    server = await startServer({ env: { CACHE_BACKEND: 'memory' } });
    for (let i = 0; i < 2; i++) await server.post('/v1/infer', short('Tom'));
    const text = await metrics();
    expect(checkMetrics(text).filter((complaint) => !KNOWN_COMPLAINTS.has(complaint))).toEqual([]);
    const labels = '{model="storyteller",endpoint="/v1/infer",status="2xx"}';
    expect(valueOf(text, `inference_requests_total${labels}`)).toBeGreaterThanOrEqual(2);
    expect(valueOf(text, 'inference_cache_hits_total{model="storyteller"}')).toBeGreaterThanOrEqual(1);
    expect(valueOf(text, 'inference_generation_tokens_total{model="storyteller"}')).toBeGreaterThanOrEqual(2);
    expect(valueOf(text, 'inference_kv_cache_usage_ratio{model="storyteller"}')).toBe(0);
    expect(valueOf(text, 'inference_active_connections')).toBeGreaterThanOrEqual(1);
  });

  it('tell that an engine rests when its last caller has left', async () => {
    server = await startServer();
    const leaver = new AbortController();
    const body = { prompt: 'Tom', params: { max_new_tokens: 900, ignore_eos: true } };
    const left = server.post('/v1/infer', body, { signal: leaver.signal }).catch(() => {});
    await waitFor(async () => valueOf(await metrics(), 'inference_active_batches') === 1);
    expect(valueOf(await metrics(), 'inference_kv_cache_usage_ratio{model="storyteller"}')).toBeGreaterThan(0);
    leaver.abort();
    await left;
    await waitFor(async () => valueOf(await metrics(), 'inference_active_batches') === 0);
    const text = await metrics();
    expect(valueOf(text, 'inference_kv_cache_usage_ratio{model="storyteller"}')).toBe(0);
    expect(text).toMatch(/inference_cancelled_total{phase="decode"} [1-9]/);
    expect(text).toMatch(/inference_requests_total{model="storyteller",endpoint="\/v1\/infer",status="4xx"} [1-9]/);
  });

  it('count every token of an answer', async () => {
    server = await startServer();
    const count = (text: string): number =>
      valueOf(text, 'inference_generation_tokens_total{model="storyteller"}') || 0;
    const before = count(await metrics());
    await server.post('/v1/infer', { prompt: 'Tom', params: { temperature: 0, max_new_tokens: 7, ignore_eos: true } });
    expect(count(await metrics())).toBe(before + 7);
  });

  it('have no more series however many names, keys, paths and prompts callers make up', async () => {
    server = await startServer({ env: { RATE_LIMIT_RPM: '100000' } });
    const burst = async (from: number): Promise<void> => {
      for (let i = from; i < from + 30; i++) {
        await server.post('/v1/infer', short(`Tale ${i}`, i % 2 ? 'gpt-4o' : `model-${i}`));
        await server.post('/v1/infer', short('x'), {
          headers: { authorization: `Bearer ${i}`, 'x-request-id': `id-${i}` },
        });
        await server.post(`/v1/path-${i}`, '{}');
        await fetch(`${server.url}/v1/infer?page=${i}`);
      }
    };
    const series = async (): Promise<number> =>
      (await metrics()).split('\n').filter((line) => /^[a-z]/.test(line)).length;
    await burst(0);
    const before = await series();
    await burst(1000);
    expect(await series()).toBe(before);
  });

  it('tell that an engine was lost and came back', async () => {
    server = await startServer();
    const name = 'inference_engine_restarts_total{model="storyteller"}';
    const before = valueOf(await metrics(), name);
    const busy = server.post('/v1/infer', { prompt: 'Tom', params: { max_new_tokens: 900, ignore_eos: true } });
    await waitFor(() => server.engine.report?.running === 1);
    process.kill(server.engine.pid!, 'SIGKILL');
    expect((await busy).status).toBe(500);
    await waitFor(async () => (await fetch(`${server.url}/readyz`)).status === 200);
    const after = await metrics();
    expect(valueOf(after, name)).toBe(before + 1);
    expect(after).toMatch(/inference_errors_5xx_total{model="storyteller",endpoint="\/v1\/infer"} [1-9]/);
  });

  it('go on counting those who wait while an engine is away, and their time', async () => {
    server = await startServer({ env: { BATCH_MAX_SIZE: '1' } });
    const busy = server.post('/v1/infer', { prompt: 'Tom', params: { max_new_tokens: 900, ignore_eos: true } });
    await waitFor(() => server.engine.report?.running === 1);
    const waiting = [short('Anna'), short('Ben')].map((body) => server.post('/v1/infer', body));
    await waitFor(() => server.engine.waiting === 2);
    process.kill(server.engine.pid!, 'SIGKILL');
    await waitFor(() => server.engine.state.phase === 'restarting');
    const lostAt = performance.now();
    expect(valueOf(await metrics(), 'inference_queue_depth{model="storyteller"}')).toBe(2);
    const [first] = await Promise.all(waiting);
    const outageMs = performance.now() - lostAt;
    expect((await busy).status).toBe(500);
    const queueMs = Number(/queue;dur=([\d.]+)/.exec(first.headers.get('server-timing')!)![1]);
    expect(queueMs).toBeGreaterThan(outageMs / 4);
    expect(valueOf(await metrics(), 'inference_queue_depth{model="storyteller"}')).toBe(0);
  });

  it('are not served where they are switched off', async () => {
    server = await startServer({ env: { ENABLE_METRICS: 'false' } });
    expect((await fetch(`${server.url}/metrics`)).status).toBe(404);
  });
});
