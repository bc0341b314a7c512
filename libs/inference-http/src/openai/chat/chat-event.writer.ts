import type { AppError } from '@frontier/errors';
import type { ServerSentEvent } from '@frontier/http';
import { type AnswerEvent, type AnswerForm, AnswerReader, type GenerationEvent } from '@frontier/inference';
import type { EventWriter } from '../../generation/generation-events.js';
import { toOpenAiError } from '../errors/openai-error.js';
import type { StreamOptions } from '../request/stream-options.js';
import { chatFinishReason } from '../response/chat-finish-reason.js';
import type { ChatChunkChoice, ChatCompletionChunk, ChatDelta } from '../response/chunks.js';
import type { CompletionEnvelope } from '../response/completion-envelope.js';
import { toChatLogprobs } from '../response/token-logprobs.js';
import { type OpenAiUsage, StreamUsage } from '../response/usage.js';

const UNFINISHED = { logprobs: null, finish_reason: null };

/**
 * Writes the chunks of a streamed chat completion: for each choice its role first, then its text and calls, its finish reason last; usage in a
 * chunk of its own, or in each, where that is asked for; `[DONE]` at the end.
 */
export class ChatEventWriter implements EventWriter {
  private readonly usage: StreamUsage;
  /** By choice. */
  private readonly readers = new Map<number, AnswerReader>();

  constructor(
    private readonly envelope: CompletionEnvelope,
    options: StreamOptions,
    private readonly withLogprobs: boolean,
    private readonly form: AnswerForm,
  ) {
    this.usage = new StreamUsage(options);
  }

  *write(event: GenerationEvent): Generator<ServerSentEvent> {
    const { index, text, logprobs = [], finished } = event;
    this.usage.add(event, 0);
    let reader = this.readers.get(index);
    if (!reader) {
      this.readers.set(index, (reader = new AnswerReader(this.form)));
      yield this.chunk({ ...UNFINISHED, index, delta: { role: 'assistant', content: '' } });
    }
    const parts = [...reader.push(text), ...(finished ? reader.end() : [])];
    const deltas = parts.flatMap(toDelta);
    // Tokens whose text is held back, or is a mark, have log probabilities all the same.
    if (deltas.length === 0 && logprobs.length > 0) deltas.push({ content: '' });
    for (const [i, delta] of deltas.entries()) {
      const listed = this.withLogprobs ? toChatLogprobs(i === 0 ? logprobs : []) : null;
      yield this.chunk({ ...UNFINISHED, index, delta, logprobs: listed });
    }
    if (!finished) return;
    const reason = chatFinishReason(finished.reason, reader.callCount);
    yield this.chunk({ ...UNFINISHED, index, delta: {}, finish_reason: reason });
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

function toDelta(event: AnswerEvent): ChatDelta[] {
  switch (event.type) {
    case 'text':
      return [{ content: event.text }];
    case 'reasoning':
      return [{ reasoning_content: event.text }];
    case 'call': {
      const { call: index, id, name } = event;
      return [{ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] }];
    }
    case 'arguments':
      return [{ tool_calls: [{ index: event.call, function: { arguments: event.text } }] }];
    case 'call_end':
      return [];
  }
}
