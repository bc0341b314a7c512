import type { AppError } from '@frontier/errors';
import type { ServerSentEvent } from '@frontier/http';
import { type AnswerForm, AnswerReader, type GenerationEvent } from '@frontier/inference';
import type { EventWriter } from '../../generation/generation-events.js';
import { toChatLogprobs } from '../response/token-logprobs.js';
import { type ItemEvent, type OutputItem, OutputItems, type OutputOptions } from './output-items.js';
import { endedResponse, type ResponseObject } from './response.object.js';

interface ResponseEventOptions extends OutputOptions {
  form: AnswerForm;
  /** Called with the items of the whole response. */
  onItems: (items: readonly OutputItem[]) => void;
}

/**
 * Writes the events of a streamed response: `response.created` and `response.in_progress`, its items, each opened, added to and closed,
 * `response.completed` or `response.incomplete` with all of it at the end (https://platform.openai.com/docs/api-reference/responses-streaming).
 */
export class ResponseEventWriter implements EventWriter {
  private readonly reader: AnswerReader;
  private readonly items: OutputItems;
  private count = 0;

  constructor(
    private readonly begun: ResponseObject,
    private readonly options: ResponseEventOptions,
  ) {
    this.reader = new AnswerReader(options.form);
    this.items = new OutputItems(options);
  }

  *write({ text, logprobs = [], finished }: GenerationEvent): Generator<ServerSentEvent> {
    if (this.count === 0) {
      for (const type of ['response.created', 'response.in_progress']) yield this.event({ type, response: this.begun });
    }
    this.items.addLogprobs([...toChatLogprobs(logprobs).content]);
    for (const part of [...this.reader.push(text), ...(finished ? this.reader.end() : [])]) {
      yield* this.all(this.items.add(part));
    }
    if (!finished) return;
    const { reason, usage } = finished;
    yield* this.all(this.items.end(reason === 'length'));
    this.options.onItems(this.items.items);
    const response = endedResponse(this.begun, this.items.items, { reason, usage });
    yield this.event({ type: `response.${response.status}`, response });
  }

  *end(): Generator<ServerSentEvent> {}

  fault(error: AppError): ServerSentEvent {
    const { code, publicMessage } = error;
    const response = { ...this.begun, status: 'failed', error: { code, message: publicMessage } };
    return this.event({ type: 'response.failed', response });
  }

  private *all(events: Iterable<ItemEvent>): Generator<ServerSentEvent> {
    for (const event of events) yield this.event(event);
  }

  private event(event: ItemEvent): ServerSentEvent {
    return { event: event.type, data: { ...event, sequence_number: this.count++ } };
  }
}
