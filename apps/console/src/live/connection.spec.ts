import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';

// The effect never ends, so this spec loads its own copies of the modules.
vi.resetModules();
const { giveKey, keyState, refuseKey } = await import('../session/key.js');
const { connection, keepConnected } = await import('./connection.js');

const HELLO = { models: [], requests: [], notices: [], jobs: null, series: { step_ms: 1000, end: 0 } };
const eventText = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
const hello = (): string => eventText('hello', { ...HELLO, at: Date.now() });

describe(keepConnected, () => {
  /** The next responses of the server; the last one repeats. */
  let answers: (() => Response)[] = [];
  let asked = 0;
  let sink: ReadableStreamDefaultController<Uint8Array>;
  const stream = (): Response => new Response(new ReadableStream({ start: (controller) => void (sink = controller) }));
  const refusal =
    (status: number, code = 'x') =>
    (): Response =>
      Response.json({ error: { message: 'It is so.', code } }, { status });
  const say = async (text: string): Promise<void> => {
    sink.enqueue(new TextEncoder().encode(text));
    await pass(0);
  };
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  beforeAll(() => {
    vi.useFakeTimers();
    vi.stubGlobal('location', { href: 'http://server/console/' });
    vi.stubGlobal('addEventListener', () => {});
    vi.stubGlobal('document', { addEventListener: () => {} });
    vi.stubGlobal('fetch', (__: string, { signal }: RequestInit) => {
      asked += 1;
      const answer = (answers.length > 1 ? answers.shift() : answers[0])!();
      signal!.addEventListener('abort', () => sink?.error(signal!.reason));
      return Promise.resolve(answer);
    });
    keepConnected();
  });
  beforeEach(async () => {
    answers = [stream];
    giveKey('key');
    await pass(0);
    asked = 0;
  });
  afterAll(() => {
    refuseKey();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  it('waits for a hello that comes slowly, and takes silence for a loss', async () => {
    const text = hello();
    for (let i = 0; i < 4; i += 1) {
      await say(text.slice((text.length / 4) * i, (text.length / 4) * (i + 1)));
      if (i < 3) await pass(8000);
    }
    expect([connection.value.phase, asked]).toEqual(['open', 0]);
    await pass(11_000);
    expect(connection.value.phase).toBe('lost');
  });

  it.each([404, 403])('asks again, slowly, after a %d', async (status) => {
    answers = [refusal(status)];
    giveKey('other');
    await pass(0);
    expect([connection.value.phase, asked]).toEqual(['none', 1]);
    await pass(14_000);
    expect(asked).toBe(1);
    await pass(1000 + 30_000 + 60_000 + 60_000);
    expect([connection.value.phase, asked]).toEqual(['none', 5]);
    answers = [stream];
    await pass(60_000);
    await say(hello());
    expect(connection.value.phase).toBe('open');
  });

  it('asks at once what has become of a revoked key', async () => {
    await say(hello());
    answers = [refusal(401)];
    await say(eventText('bye', { reason: 'key_revoked', retry_ms: 15_000 }));
    await pass(0);
    expect([keyState.value, connection.value.phase, asked]).toEqual(['refused', 'idle', 1]);
  });

  it('has the reason of a server that shuts down, also where that is an error', async () => {
    await say(hello());
    answers = [refusal(503, 'shutting_down'), refusal(503, 'too_many_streams')];
    await say(eventText('bye', { reason: 'shutting_down', retry_ms: 2000 }));
    expect(connection.value).toMatchObject({ phase: 'lost', reason: 'shutting_down', refusal: null });
    await pass(2000);
    expect(connection.value).toMatchObject({ phase: 'lost', reason: 'shutting_down', refusal: 'It is so.' });
    await pass(1000);
    expect(connection.value).toMatchObject({ phase: 'lost', reason: null, refusal: 'It is so.' });
  });
});
