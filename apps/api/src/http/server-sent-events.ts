import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** One server-sent event: its name and its data, which is sent as JSON in one line. */
export interface ServerSentEvent {
  event: string;
  data: unknown;
  /** Tells that the stream has failed. */
  isFault?: true;
}

export const EVENT_STREAM = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
} as const;

/** Gets all events of a stream as they were sent, or `undefined` if it failed or the caller left before its end. */
type Recorder = (events: string | undefined) => void;

const recorders = new WeakMap<FastifyRequest, Recorder>();

/** Has the stream that answers a request recorded. */
export function setRecorder(request: FastifyRequest, recorder: Recorder): void {
  recorders.set(request, recorder);
}

/**
 * The body of an answer with `text/event-stream` (https://html.spec.whatwg.org/multipage/server-sent-events.html). Each
 * event is on the wire as soon as it is made; what a slow reader has not taken yet is kept for it.
 */
export function eventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent>,
): Readable {
  reply.headers(EVENT_STREAM);
  const recorder = recorders.get(request);
  return Readable.from(recorder ? recorded(events, recorder) : encode(events), { objectMode: false });
}

async function* encode(events: AsyncIterable<ServerSentEvent>): AsyncGenerator<Buffer> {
  for await (const { event, data } of events) yield Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}

async function* recorded(events: AsyncIterable<ServerSentEvent>, recorder: Recorder): AsyncGenerator<Buffer> {
  const sent: Buffer[] = [];
  let isComplete = true;
  const watched = (async function* () {
    for await (const event of events) {
      if (event.isFault) isComplete = false;
      yield event;
    }
  })();
  let hasEnded = false;
  try {
    for await (const chunk of encode(watched)) {
      sent.push(chunk);
      yield chunk;
    }
    hasEnded = true;
  } finally {
    recorder(hasEnded && isComplete ? Buffer.concat(sent).toString() : undefined);
  }
}
