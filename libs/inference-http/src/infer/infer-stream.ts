import type { GenerationEvent } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import { reportFault, type ServerSentEvent } from '@frontier/http';
import { toInferUsage } from './infer.response.js';

/**
 * The events of `POST /v1/infer/stream`: `token` for each piece of text, then `done`, or `error` and the end.
 * An error that comes once the answer has begun can only be told inside the stream.
 */
export async function* inferStream(
  events: AsyncIterable<GenerationEvent>,
  record: RequestRecord,
): AsyncGenerator<ServerSentEvent, void> {
  try {
    for await (const { text, finished } of events) {
      const finish_reason = finished?.reason ?? null;
      if (text || finished) yield { event: 'token', data: { text, finish_reason } };
      if (finished) yield { event: 'done', data: { usage: toInferUsage(finished.usage), finish_reason } };
    }
  } catch (thrown) {
    const { requestId: request_id } = record;
    const { code, publicMessage: message, retryable } = reportFault(thrown, request_id);
    record.errorCode = code;
    yield { event: 'error', data: { error: { code, message, retryable, request_id } }, isFault: true };
  }
}
