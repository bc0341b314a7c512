import { elapsedMs } from '@frontier/http';
import type { Completion, GenerationEvent, GenerationHead, Usage } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';

/** Notes a whole generation in the record of its request; a request with several prompts has several. */
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

/** Notes a stream that has begun. */
export function noteStart(record: RequestRecord, { cache, started }: Pick<GenerationHead, 'cache' | 'started'>): void {
  record.cache ??= cache;
  record.firstTokenAtMs ??= elapsedMs(record);
  record.queueMs ??= started?.queueMs;
  record.prefillMs ??= started?.prefillMs;
}

/**
 * Notes an event of a stream.
 * @param isPromptNoted an earlier event had the token count of the same prompt
 */
export function noteEvent(record: RequestRecord, { text, finished }: GenerationEvent, isPromptNoted: boolean): void {
  if (record.output !== undefined) record.output += text;
  if (!finished) return;
  noteUsage(record, isPromptNoted ? { ...finished.usage, promptTokens: 0 } : finished.usage);
  (record.finishReasons ??= []).push(finished.reason);
}

function noteUsage(record: RequestRecord, { promptTokens, completionTokens }: Usage): void {
  record.promptTokens = (record.promptTokens ?? 0) + promptTokens;
  record.completionTokens = (record.completionTokens ?? 0) + completionTokens;
}
