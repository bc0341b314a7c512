import type { ServerSentEvent } from '@frontier/http';
import type { EventWriter } from '../generation/generation-events.js';
import { toInferUsage } from './infer.response.js';

/**
 * Writes the events of `POST /v1/infer/stream`: `token` for each piece of text, then `done`; `error` where the generation fails once
 * it has begun.
 */
export function inferEventWriter(requestId: string): EventWriter {
  return {
    *write({ text, finished }): Generator<ServerSentEvent> {
      const finish_reason = finished?.reason ?? null;
      if (text || finished) yield { event: 'token', data: { text, finish_reason } };
      if (finished) yield { event: 'done', data: { usage: toInferUsage(finished.usage), finish_reason } };
    },
    end: () => [],
    fault: ({ code, publicMessage: message, retryable }) => ({
      event: 'error',
      data: { error: { code, message, retryable, request_id: requestId } },
    }),
  };
}
