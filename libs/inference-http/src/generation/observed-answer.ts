import type { Answer, Completion, GenerationEvent, Usage } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import { elapsedMs } from '@frontier/http';

/** Notes a whole answer; a request with several prompts has several. */
export function noteCompletion(record: RequestRecord, { cache, usage, durations, choices }: Completion): void {
  record.cache ??= cache;
  noteUsage(record, usage);
  if (durations) record.firstTokenAtMs = elapsedMs(record) - durations.decodeMs;
  else if (cache === 'HIT') record.firstTokenAtMs = elapsedMs(record);
  record.queueMs = durations?.queueMs;
  record.prefillMs = durations?.prefillMs;
  for (const { finishReason, text } of choices) {
    (record.finishReasons ??= []).push(finishReason);
    if (record.output !== undefined) record.output += text;
  }
}

/** Notes an answer that has begun, and passes its events on while it notes them. */
export function observedEvents(
  record: RequestRecord,
  { cache, started, events }: Answer,
): AsyncIterable<GenerationEvent> {
  record.cache ??= cache;
  record.firstTokenAtMs ??= elapsedMs(record);
  record.queueMs ??= started?.queueMs;
  record.prefillMs ??= started?.prefillMs;
  return noted(record, events);
}

async function* noted(record: RequestRecord, events: Answer['events']): AsyncGenerator<GenerationEvent> {
  let isPromptNoted = false;
  for await (const event of events) {
    if (record.output !== undefined) record.output += event.text;
    if (event.finished) {
      const { usage, reason } = event.finished;
      noteUsage(record, isPromptNoted ? { ...usage, promptTokens: 0 } : usage);
      isPromptNoted = true;
      (record.finishReasons ??= []).push(reason);
    }
    yield event;
  }
}

function noteUsage(record: RequestRecord, { promptTokens, completionTokens }: Usage): void {
  record.promptTokens = (record.promptTokens ?? 0) + promptTokens;
  record.completionTokens = (record.completionTokens ?? 0) + completionTokens;
}
