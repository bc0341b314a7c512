import type { AppError } from '@frontier/errors';
import type { ServerSentEvent } from '@frontier/http';
import type { GenerationEvent } from '@frontier/inference';
import type { EventWriter } from '../../generation/generation-events.js';
import { toOpenAiError } from '../errors/openai-error.js';
import type { StreamOptions } from '../request/stream-options.js';
import type { ChatChunkChoice, ChatCompletionChunk } from '../response/chunks.js';
import type { CompletionEnvelope } from '../response/completion-envelope.js';
import { toChatLogprobs } from '../response/token-logprobs.js';
import { type OpenAiUsage, StreamUsage } from '../response/usage.js';

const UNFINISHED = { logprobs: null, finish_reason: null };

/**
 * Writes the chunks of a streamed chat completion: for each choice its role first, then its text, its finish reason last; usage in a
 * chunk of its own, or in each, where that is asked for; `[DONE]` at the end.
 */
export class ChatEventWriter implements EventWriter {
  private readonly usage: StreamUsage;
  private readonly begun = new Set<number>();

  constructor(
    private readonly envelope: CompletionEnvelope,
    options: StreamOptions,
    private readonly withLogprobs: boolean,
  ) {
    this.usage = new StreamUsage(options);
  }

  *write(event: GenerationEvent): Generator<ServerSentEvent> {
    const { index, text, logprobs = [], finished } = event;
    this.usage.add(event, 0);
    if (!this.begun.has(index)) yield this.chunk({ ...UNFINISHED, index, delta: { role: 'assistant', content: '' } });
    this.begun.add(index);
    if (text || logprobs.length > 0) {
      const listed = this.withLogprobs ? toChatLogprobs(logprobs) : null;
      yield this.chunk({ ...UNFINISHED, index, delta: { content: text }, logprobs: listed });
    }
    if (finished) yield this.chunk({ ...UNFINISHED, index, delta: {}, finish_reason: finished.reason });
  }

  *end(): Generator<ServerSentEvent> {
    for (const usage of this.usage.inLastChunk()) yield { data: this.object([], { usage }) };
    yield { data: '[DONE]' };
  }

  fault(error: AppError): ServerSentEvent {
    return { data: toOpenAiError(error, '/v1/chat/completions').body };
  }

  private chunk(choice: ChatChunkChoice): ServerSentEvent {
    return { data: this.object([choice], this.usage.inEachChunk()) };
  }

  private object(choices: ChatChunkChoice[], usage: { usage?: OpenAiUsage | null }): ChatCompletionChunk {
    return { ...this.envelope, object: 'chat.completion.chunk', choices, ...usage };
  }
}
