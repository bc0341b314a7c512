import type { GenerationEvent } from '@frontier/inference';
import type { AnswerHead } from '../response/answer-head.js';
import type { ChatChunkChoice, ChatCompletionChunk } from '../response/chunks.js';
import type { FromSource } from '../response/merged.js';
import type { StreamOptions } from '../request/stream-options.js';
import { toChatLogprobs } from '../response/token-logprobs.js';
import { UsageSoFar } from '../response/usage.js';

/**
 * The chunks of a streamed chat completion: for each answer its role first, then its text, its finish reason last; usage in a
 * chunk of its own, or in each, where that is asked for.
 */
export async function* chatStream(
  events: AsyncIterable<FromSource<GenerationEvent>>,
  head: AnswerHead,
  options: StreamOptions,
  withLogprobs: boolean,
): AsyncGenerator<ChatCompletionChunk, void> {
  const soFar = new UsageSoFar(options);
  const begun = new Set<number>();
  const chunk = (choice: ChatChunkChoice): ChatCompletionChunk => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [choice],
    ...soFar.inEachChunk(),
  });
  const none = { logprobs: null, finish_reason: null };
  for await (const { item: event } of events) {
    const { index, text, logprobs = [], finished } = event;
    soFar.note(event, 0);
    if (!begun.has(index)) yield chunk({ ...none, index, delta: { role: 'assistant', content: '' } });
    begun.add(index);
    if (text || logprobs.length > 0) {
      const told = withLogprobs ? toChatLogprobs(logprobs) : null;
      yield chunk({ ...none, index, delta: { content: text }, logprobs: told });
    }
    if (finished) yield chunk({ ...none, index, delta: {}, finish_reason: finished.reason });
  }
  for (const usage of soFar.atTheEnd()) yield { ...head, object: 'chat.completion.chunk', choices: [], usage };
}
