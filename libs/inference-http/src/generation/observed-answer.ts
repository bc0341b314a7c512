import type { Completion, GenerationEvent, GenerationStream, Usage } from '@frontier/inference';
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

/** Notes a stream that has begun, and its events as they are read. */
export function observe(record: RequestRecord, stream: GenerationStream): void {
  record.cache ??= stream.cache;
  record.firstTokenAtMs ??= elapsedMs(record);
  record.queueMs ??= stream.started?.queueMs;
  record.prefillMs ??= stream.started?.prefillMs;
  let isPromptNoted = false;
  const onEvent = ({ text, finished }: GenerationEvent): void => {
    if (record.output !== undefined) record.output += text;
    if (!finished) return;
    noteUsage(record, isPromptNoted ? { ...finished.usage, promptTokens: 0 } : finished.usage);
    isPromptNoted = true;
    (record.finishReasons ??= []).push(finished.reason);
  };
  stream.observe({ onEvent });
}

function noteUsage(record: RequestRecord, { promptTokens, completionTokens }: Usage): void {
  record.promptTokens = (record.promptTokens ?? 0) + promptTokens;
  record.completionTokens = (record.completionTokens ?? 0) + completionTokens;
}
