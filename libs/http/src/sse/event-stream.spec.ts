import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type EventObserver, type ServerSentEvent, withKeepAlive } from './event-stream.js';

describe(withKeepAlive, () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  it('writes events as they come, and comments while nothing does', async () => {
    let send!: (event: ServerSentEvent) => void;
    async function* events(): AsyncGenerator<ServerSentEvent> {
      yield { event: 'token', data: { text: 'a\nb' } };
      yield await new Promise<ServerSentEvent>((resolve) => (send = resolve));
    }
    const stream = withKeepAlive({ events: events() }, 1000);
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

  it('passes on errors of the events, and ends them when the reader stops', async () => {
    const seen: unknown[] = [];
    const observer: EventObserver = {
      onEvent: ({ data }) => seen.push(data),
      onEnd: (isComplete) => void seen.push(isComplete),
    };
    let isEnded = false;
    async function* endless(): AsyncGenerator<ServerSentEvent> {
      try {
        for (;;) yield { data: 1 };
      } finally {
        isEnded = true;
      }
    }
    const stream = withKeepAlive({ events: endless(), observer }, 1000);
    await stream.next();
    await stream.return();
    expect(isEnded).toBe(true);
    async function* failing(): AsyncGenerator<ServerSentEvent> {
      yield { data: 1 };
      throw new Error('broken');
    }
    await expect(Array.fromAsync(withKeepAlive({ events: failing(), observer }, 1000))).rejects.toThrow('broken');
    expect(seen).toEqual([1, false, 1, false]);
  });
});
