import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

/** One server-sent event: its name and its data, which is sent as JSON in one line. */
export interface ServerSentEvent {
  event: string;
  data: unknown;
}

/**
 * Answers with `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each event is on
 * the wire as soon as it is made; what a slow reader has not taken yet is kept for it.
 */
export function sendEvents(reply: FastifyReply, events: AsyncIterable<ServerSentEvent>): void {
  reply
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-cache, no-transform')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(encode(events), { objectMode: false }));
}

async function* encode(events: AsyncIterable<ServerSentEvent>): AsyncGenerator<Buffer> {
  for await (const { event, data } of events) yield Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
