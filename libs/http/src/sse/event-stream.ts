import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { LoopShare } from '@frontier/resilience';

/** One server-sent event. */
export interface ServerSentEvent {
  /** Sent back as `Last-Event-ID` by a client that resumes the stream. */
  id?: number;
  event?: string;
  /** Sent as JSON in one line; a text as it is. */
  data: unknown;
  /** Marks the event that reports a failed stream. */
  isFault?: true;
}

/** An observer of a stream of events. */
export interface EventObserver {
  onEvent(event: ServerSentEvent): void;
  /**
   * Called once; the stream ends when it has returned.
   * @param isComplete whether all events were read, and none was thrown
   */
  onEnd(isComplete: boolean): void | Promise<void>;
}

/** Events to send, and their observer. */
export interface ObservedEvents {
  events: AsyncIterable<ServerSentEvent>;
  observer?: EventObserver;
}

/** A connection over which nothing comes is closed by proxies, the strictest after half a minute. */
const KEEP_ALIVE_MS = 10_000;
/**
 * Listeners for the end of one response, which Node warns about from the eleventh on: four of this server, seven of Fastify, Nest and
 * the pipe, and those of a team. All of them go with the response.
 */
const MAX_RESPONSE_LISTENERS = 20;
const COMMENT = Buffer.from(': keep-alive\n\n');

/**
 * Responds with `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html): returns the body. Each
 * event is on the wire as soon as it is made; events that a slow reader has not taken yet are kept for it. A comment is sent
 * whenever nothing else has been for `keepAliveMs`.
 */
export function eventStream(reply: FastifyReply, stream: ObservedEvents, keepAliveMs = KEEP_ALIVE_MS): Readable {
  beginEventStream(reply);
  return Readable.from(withKeepAlive(stream, keepAliveMs), { objectMode: false });
}

/** Sets the headers of a response of `text/event-stream`, whose body the caller makes. */
export function beginEventStream(reply: FastifyReply): void {
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  reply.raw.setMaxListeners(MAX_RESPONSE_LISTENERS);
}

/** The events as bytes, with comments where they take long. */
export async function* withKeepAlive(
  { events, observer }: ObservedEvents,
  keepAliveMs: number,
): AsyncGenerator<Buffer, void, undefined> {
  const iterator = events[Symbol.asyncIterator]();
  // A replayed stream is there as a whole.
  const share = new LoopShare();
  let isComplete = false;
  try {
    for (;;) {
      const next = iterator.next();
      while (await timesOut(next, keepAliveMs)) yield COMMENT;
      const { done, value } = await next;
      if (done) {
        isComplete = true;
        return;
      }
      observer?.onEvent(value);
      yield encode(value);
      if (share.isUsed) await share.renewed();
    }
  } finally {
    await iterator.return?.();
    await observer?.onEnd(isComplete);
  }
}

function encode({ id, event, data }: ServerSentEvent): Buffer {
  const name = event === undefined ? '' : `event: ${event}\n`;
  const number = id === undefined ? '' : `id: ${id}\n`;
  return Buffer.from(`${number}${name}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
}

/** Resolves to `true` when a promise takes longer than this to settle. */
function timesOut(next: Promise<unknown>, milliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), milliseconds);
    const settled = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    next.then(settled, settled);
  });
}
