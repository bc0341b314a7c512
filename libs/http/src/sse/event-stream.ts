import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { LoopShare } from '@frontier/resilience';

/** One server-sent event. */
export interface ServerSentEvent {
  /** What `Last-Event-ID` tells of a stream that is taken up again. */
  id?: number;
  event?: string;
  /** Sent as JSON in one line; a text as it is. */
  data: unknown;
  /** Tells that the stream has failed. */
  isFault?: true;
}

/** A connection over which nothing comes is closed by proxies, the strictest after half a minute. */
const KEEP_ALIVE_MS = 10_000;
const COMMENT = Buffer.from(': keep-alive\n\n');

/**
 * Answers with `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html): returns the body. Each
 * event is on the wire as soon as it is made; what a slow reader has not taken yet is kept for it. A comment is sent
 * whenever nothing else has been for `keepAliveMs`.
 */
export function eventStream(
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent>,
  keepAliveMs = KEEP_ALIVE_MS,
): Readable {
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  return Readable.from(keptAlive(events, keepAliveMs), { objectMode: false });
}

/** The events as bytes, with comments where they take long. */
export async function* keptAlive(
  events: AsyncIterable<ServerSentEvent>,
  keepAliveMs: number,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = events[Symbol.asyncIterator]();
  // A kept stream is there as a whole.
  const share = new LoopShare();
  try {
    for (;;) {
      const next = iterator.next();
      while (await isQuiet(next, keepAliveMs)) yield COMMENT;
      const { done, value } = await next;
      if (done) return;
      yield encode(value);
      if (share.isUsed) await share.renewed();
    }
  } finally {
    await iterator.return?.();
  }
}

function encode({ id, event, data }: ServerSentEvent): Buffer {
  const name = event === undefined ? '' : `event: ${event}\n`;
  const number = id === undefined ? '' : `id: ${id}\n`;
  return Buffer.from(`${number}${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
}

/** Whether something takes longer than this. */
function isQuiet(next: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), milliseconds);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    next.then(settled, settled);
  });
}
