import type { AppError } from '@frontier/errors';
import type { ServerSentEvent } from '@frontier/http';
import type { GenerationEvent } from '@frontier/inference';
import type { EventWriter } from '../../generation/generation-events.js';
import { toAnthropicError } from '../errors/anthropic-error.js';
import { type BlockOptions, BlockReader } from './block-reader.js';
import type { Message, MessageEnvelope } from './message.response.js';
import { toMessageUsage } from './message-usage.js';
import { stopReason } from './stop-reason.js';

/**
 * Writes the events of a streamed message: its beginning with the tokens of the prompt, a ping, its blocks one after the other, the reason for its end
 * with all tokens, its end.
 */
export class MessageEventWriter implements EventWriter {
  private readonly reader: BlockReader;
  private hasBegun = false;

  constructor(
    private readonly envelope: MessageEnvelope,
    private readonly requestId: string,
    options: BlockOptions,
  ) {
    this.reader = new BlockReader(options);
  }

  *write(event: GenerationEvent): Generator<ServerSentEvent, void> {
    if (!this.hasBegun) yield* this.begin(event);
    for (const part of this.reader.push(event.text)) yield named(part);
    const { finished } = event;
    if (!finished) return;
    for (const part of this.reader.end()) yield named(part);
    const { reason, stop, usage } = finished;
    yield named({
      type: 'message_delta',
      delta: { stop_reason: stopReason(reason, stop, this.reader.callCount), stop_sequence: stop ?? null },
      usage: toMessageUsage(usage),
    });
    yield named({ type: 'message_stop' });
  }

  end(): [] {
    return [];
  }

  fault(error: AppError): ServerSentEvent {
    return named(toAnthropicError(error, this.requestId).body);
  }

  private *begin({ started, generated }: GenerationEvent): Generator<ServerSentEvent, void> {
    if (!started) throw new Error('Bug: the first event of a generation has no count of its prompt.');
    this.hasBegun = true;
    const message: Message = {
      ...this.envelope,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: toMessageUsage({ ...started, completionTokens: generated }),
    };
    yield named({ type: 'message_start', message });
    yield named({ type: 'ping' });
  }
}

function named<T extends { type: string }>(data: T): ServerSentEvent {
  return { event: data.type, data };
}
