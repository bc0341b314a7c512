import { describe, expect, it } from 'vitest';
import { readEvents } from './sse.js';

function bodyOf(chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}

const all = (chunks: (string | Uint8Array)[]) => Array.fromAsync(readEvents(bodyOf(chunks)));

describe(readEvents, () => {
  it('reads events, whatever pieces they arrive in', async () => {
    const text = 'event: tick\ndata: {"a":"ü"}\n\ndata: x\ndata: y\n\n';
    const bytes = new TextEncoder().encode(text);
    const whole = [
      { event: 'tick', data: '{"a":"ü"}' },
      { event: 'message', data: 'x\ny' },
    ];
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(await all([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(whole);
    }
  });

  it('names comments, and takes carriage returns', async () => {
    expect(await all([': ping\r\n\r\nevent:bye\r\ndata:1\r\n\r\n'])).toEqual([
      { event: 'comment', data: '' },
      { event: 'bye', data: '1' },
    ]);
  });

  it('tells of bytes that make no event yet', async () => {
    let chunks = 0;
    await Array.fromAsync(readEvents(bodyOf(['event: ti', 'ck\n', 'data: 1\n\n']), () => (chunks += 1)));
    expect(chunks).toBe(3);
  });

  it('leaves out an event that has not ended, and ends on one that is too large', async () => {
    expect(await all(['data: half'])).toEqual([]);
    await expect(all(['x'.repeat(5_000_000)])).rejects.toThrow('too large');
  });
});
