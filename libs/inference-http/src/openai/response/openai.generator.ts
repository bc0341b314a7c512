import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  type Answer,
  type Completion,
  type GenerateRequest,
  type GenerationEvent,
  InferenceService,
} from '@frontier/inference';
import type { Call } from '@frontier/http';
import { setGenerationHeaders } from '../../generation/generation-headers.js';
import { noteCompletion, observedEvents } from '../../generation/observed-answer.js';
import { type FromSource, merged } from './merged.js';

/** Runs the generations of one request: one for each of its prompts. If one fails, the others end. */
@Injectable()
export class OpenAiGenerator {
  constructor(private readonly inference: InferenceService) {}

  /** The whole answers, in the order of the prompts. */
  async complete(requests: readonly GenerateRequest[], call: Call, reply: FastifyReply): Promise<Completion[]> {
    const [failed, signal] = linked(call.signal);
    let completions: Completion[];
    try {
      completions = await Promise.all(requests.map((request) => this.inference.complete(request, signal)));
    } catch (error) {
      failed.abort();
      throw error;
    }
    for (const completion of completions) noteCompletion(call.record, completion);
    setGenerationHeaders(reply, completions[0], completions[0].durations);
    return completions;
  }

  /**
   * The answers' events, as soon as one has begun; each tells which prompt it belongs to. What goes wrong before is thrown, what
   * goes wrong later is thrown by the events.
   */
  async stream(
    requests: readonly GenerateRequest[],
    call: Call,
    reply: FastifyReply,
  ): Promise<AsyncIterable<FromSource<GenerationEvent>>> {
    const [failed, signal] = linked(call.signal);
    const answers = requests.map((request) => this.inference.generate(request, signal));
    // Those that fail later are heard where their events are read.
    for (const answer of answers) answer.catch(() => {});
    let first: Answer;
    try {
      first = await Promise.race(answers);
    } catch (error) {
      failed.abort();
      throw error;
    }
    setGenerationHeaders(reply, first, first.started);
    return merged(
      answers.map((answer) => observedWhenBegun(call, answer)),
      () => failed.abort(),
    );
  }
}

/** A signal that fires with another one, or by a controller of its own. */
function linked(signal: AbortSignal): [AbortController, AbortSignal] {
  const own = new AbortController();
  return [own, AbortSignal.any([signal, own.signal])];
}

async function* observedWhenBegun({ record }: Call, answer: Promise<Answer>): AsyncGenerator<GenerationEvent, void> {
  yield* observedEvents(record, await answer);
}
