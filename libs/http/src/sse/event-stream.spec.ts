import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keptAlive, type ServerSentEvent } from './event-stream.js';

describe(keptAlive, () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('writes events as they come, and comments while nothing does', async () => {
    let send!: (event: ServerSentEvent) => void;
    async function* events(): AsyncGenerator<ServerSentEvent> {
      yield { event: 'token', data: { text: 'a\nb' } };
      yield await new Promise<ServerSentEvent>((resolve) => (send = resolve));
    }
    const stream = keptAlive(events(), 1000);
    const read = async (): Promise<string | undefined> => (await stream.next()).value?.toString();
    expect(await read()).toBe('event: token\ndata: {"text":"a\\nb"}\n\n');
    for (let i = 0; i < 2; i++) {
      const comment = read();
      await vi.advanceTimersByTimeAsync(1000);
      expect(await comment).toBe(': keep-alive\n\n');
    }
    const last = read();
    send({ data: '[DONE]' });
    expect(await last).toBe('data: [DONE]\n\n');
    expect((await stream.next()).done).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('passes on what the events throw, and tells them when nobody reads on', async () => {
    let isEnded = false;
    async function* endless(): AsyncGenerator<ServerSentEvent> {
      try {
        for (;;) yield { data: 1 };
      } finally {
        isEnded = true;
      }
    }
    const stream = keptAlive(endless(), 1000);
    await stream.next();
    await stream.return();
    expect(isEnded).toBe(true);
    async function* failing(): AsyncGenerator<ServerSentEvent> {
      yield { data: 1 };
      throw new Error('broken');
    }
    await expect(Array.fromAsync(keptAlive(failing(), 1000))).rejects.toThrow('broken');
  });
});
