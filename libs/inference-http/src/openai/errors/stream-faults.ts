import type { RequestRecord } from '@frontier/telemetry';
import { reportFault, type ServerSentEvent } from '@frontier/http';
import { toOpenAiError } from './openai-error.js';

/**
 * Ends a stream of chunks as clients of OpenAI's API expect it: with `[DONE]` or, once the answer has begun, with an error that
 * can only be told inside the stream.
 */
export async function* endedByDone(
  chunks: AsyncIterable<object>,
  record: RequestRecord,
): AsyncGenerator<ServerSentEvent, void> {
  try {
    for await (const data of chunks) yield { data };
    yield { data: '[DONE]' };
  } catch (thrown) {
    const error = reportFault(thrown, record.requestId);
    record.errorCode = error.code;
    yield { data: toOpenAiError(error, record.endpoint).body, isFault: true };
  }
}
