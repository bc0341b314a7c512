import { Injectable } from '@nestjs/common';
import {
  type Completion,
  type Deadline,
  type GenerateRequest,
  type GenerationStream,
  InferenceService,
} from '@frontier/inference';

/** Streams of one request: one for each of its prompts. */
export interface GenerationStreams {
  /** The stream that began first. */
  first: GenerationStream;
  /** By prompt; those that fail later reject. */
  all: readonly Promise<GenerationStream>[];
  /** Ends all of them. */
  abort(): void;
}

/** Runs the generations of one request: one for each of its prompts. If one fails, the others end. */
@Injectable()
export class GenerationRunner {
  constructor(private readonly inference: InferenceService) {}

  /** The whole generations, in the order of the prompts. */
  async complete(requests: readonly GenerateRequest[], deadline: Deadline): Promise<Completion[]> {
    if (requests.length === 1) return [await this.inference.complete(requests[0], deadline)];
    const [failed, linked] = linkedDeadline(deadline);
    try {
      return await Promise.all(requests.map((request) => this.inference.complete(request, linked)));
    } catch (error) {
      failed.abort();
      throw error;
    }
  }

  /** The streams, as soon as one has begun; errors before that are thrown. */
  async stream(requests: readonly GenerateRequest[], deadline: Deadline): Promise<GenerationStreams> {
    const [failed, linked] = linkedDeadline(deadline);
    const all = requests.map((request) => this.inference.generate(request, linked));
    // Later rejections reach the reader of the events.
    for (const stream of all) stream.catch(() => {});
    const abort = (): void => failed.abort();
    try {
      return { first: await Promise.race(all), all, abort };
    } catch (error) {
      abort();
      throw error;
    }
  }
}

/** A deadline that ends with another one, or by a controller of its own. A listener takes a tenth of the time of `AbortSignal.any`. */
function linkedDeadline({ at, signal }: Deadline): [AbortController, Deadline] {
  const own = new AbortController();
  const abort = (): void => own.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return [own, { at, signal: own.signal }];
}
