import type { GenerationEvent } from '@frontier/inference';
import type { AnswerHead } from '../response/answer-head.js';
import type { TextCompletionChunk } from '../response/chunks.js';
import type { FromSource } from '../response/merged.js';
import type { StreamOptions } from '../request/stream-options.js';
import { CompletionLogprobsWriter } from '../response/token-logprobs.js';
import { UsageSoFar } from '../response/usage.js';

/**
 * The chunks of a streamed completion, its prompts mixed as they come.
 * @param n answers to each prompt
 */
export async function* completionStream(
  events: AsyncIterable<FromSource<GenerationEvent>>,
  n: number,
  head: AnswerHead,
  options: StreamOptions,
  withLogprobs: boolean,
): AsyncGenerator<TextCompletionChunk, void> {
  const soFar = new UsageSoFar(options);
  const writers = new Map<number, CompletionLogprobsWriter>();
  for await (const { source, item: event } of events) {
    const { text, logprobs = [], finished } = event;
    const index = source * n + event.index;
    soFar.note(event, source);
    if (!text && logprobs.length === 0 && !finished) continue;
    const writer = writers.get(index) ?? new CompletionLogprobsWriter();
    writers.set(index, writer);
    const told = withLogprobs ? writer.write(logprobs) : null;
    yield {
      ...head,
      object: 'text_completion',
      choices: [{ index, text, logprobs: told, finish_reason: finished?.reason ?? null }],
      ...soFar.inEachChunk(),
    };
  }
  for (const usage of soFar.atTheEnd()) yield { ...head, object: 'text_completion', choices: [], usage };
}
