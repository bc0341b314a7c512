import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** One server-sent event: its name and its data, which is sent as JSON in one line. */
export interface ServerSentEvent {
  event: string;
  data: unknown;
  /** Tells that the stream has failed. */
  isFault?: true;
}

/**
 * Answers with `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html): returns the body. Each
 * event is on the wire as soon as it is made; what a slow reader has not taken yet is kept for it.
 */
export function eventStream(reply: FastifyReply, events: AsyncIterable<ServerSentEvent>): Readable {
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  return Readable.from(encode(events), { objectMode: false });
}

async function* encode(events: AsyncIterable<ServerSentEvent>): AsyncGenerator<Buffer> {
  for await (const { event, data } of events) yield Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
