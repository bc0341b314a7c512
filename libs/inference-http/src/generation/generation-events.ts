import { reportFault, type ServerSentEvent } from '@frontier/http';
import type { AppError } from '@frontier/errors';
import type { GenerationEvent, GenerationStream } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import { noteEvent, noteStart } from './generation-record.js';
import type { GenerationStreams } from './generation-runner.js';
import { type Indexed, mergeStreams } from './merge-streams.js';

/** Writer of an API's stream events. One for each request. */
export interface EventWriter {
  /**
   * The events to send for one of the engine.
   * @param prompt index of the request's prompt that the event belongs to
   */
  write(event: GenerationEvent, prompt: number): Iterable<ServerSentEvent>;
  /** The events after the last one. */
  end(): Iterable<ServerSentEvent>;
  /** The last event of a stream that failed once it had begun. */
  fault(error: AppError): ServerSentEvent;
}

/** The events of a request's streams as an API sends them, noted in the request's record on their way. */
export async function* generationEvents(
  streams: GenerationStreams,
  writer: EventWriter,
  record: RequestRecord,
): AsyncGenerator<ServerSentEvent, void> {
  const noted = new Set<number>();
  try {
    for await (const { source, item } of indexedEvents(streams, record)) {
      noteEvent(record, item, noted.has(source));
      if (item.finished) noted.add(source);
      yield* writer.write(item, source);
    }
    yield* writer.end();
  } catch (thrown) {
    const error = reportFault(thrown, record.requestId);
    record.errorCode = error.code;
    yield { ...writer.fault(error), isFault: true };
  }
}

/** Each prompt's stream begins when its generation does. */
function indexedEvents(
  { all, abort }: GenerationStreams,
  record: RequestRecord,
): AsyncIterable<Indexed<GenerationEvent>> {
  const noted = async (pending: Promise<GenerationStream>): Promise<GenerationStream> => {
    const stream = await pending;
    noteStart(record, stream);
    return stream;
  };
  return mergeStreams(all.map(noted), abort);
}
