import type { Answer, Completion, GenerationEvent } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import { elapsedMs } from './request-observer.js';

/** Notes a whole answer. */
export function noteCompletion(record: RequestRecord, completion: Completion): void {
  const { cache, usage, finishReason, durations, text } = completion;
  Object.assign(record, { cache, ...usage, finishReasons: [finishReason] });
  if (durations) record.firstTokenAtMs = elapsedMs(record) - durations.decodeMs;
  else if (cache === 'HIT') record.firstTokenAtMs = elapsedMs(record);
  record.queueMs = durations?.queueMs;
  record.prefillMs = durations?.prefillMs;
  if (record.output !== undefined) record.output = text;
}

/** Notes an answer that has begun, and passes its events on while it notes them. */
export function observedEvents(
  record: RequestRecord,
  { cache, started, events }: Answer,
): AsyncIterable<GenerationEvent> {
  record.cache = cache;
  record.firstTokenAtMs = elapsedMs(record);
  record.queueMs = started?.queueMs;
  record.prefillMs = started?.prefillMs;
  return noted(record, events);
}

async function* noted(record: RequestRecord, events: Answer['events']): AsyncGenerator<GenerationEvent> {
  for await (const event of events) {
    if (record.output !== undefined) record.output += event.text;
    if (event.finished) {
      const { usage, reason } = event.finished;
      record.promptTokens = usage.promptTokens;
      record.completionTokens = (record.completionTokens ?? 0) + usage.completionTokens;
      (record.finishReasons ??= []).push(reason);
    }
    yield event;
  }
}
