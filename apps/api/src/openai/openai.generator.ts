import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import {
  type Answer,
  type Completion,
  type GenerateRequest,
  type GenerationEvent,
  InferenceService,
} from '@frontier/inference';
import type { Call } from '../http/call.decorator.js';
import { setGenerationHeaders } from '../http/generation-headers.js';
import { noteCompletion, observedEvents } from '../http/observed-answer.js';

/** Runs the generations of one request: one for each of its prompts. If one fails, the others end. */
@Injectable()
export class OpenAiGenerator {
  constructor(private readonly inference: InferenceService) {}

  /** The whole answers, in the order of the prompts. */
  async complete(requests: readonly GenerateRequest[], call: Call, reply: FastifyReply): Promise<Completion[]> {
    const completions = await this.all(requests, call, (request, signal) => this.inference.complete(request, signal));
    for (const completion of completions) noteCompletion(call.record, completion);
    setGenerationHeaders(reply, completions[0], completions[0].durations);
    return completions;
  }

  /** The answers' events, once all have begun. */
  async stream(
    requests: readonly GenerateRequest[],
    call: Call,
    reply: FastifyReply,
  ): Promise<AsyncIterable<GenerationEvent>[]> {
    const answers: Answer[] = await this.all(requests, call, (request, signal) =>
      this.inference.generate(request, signal),
    );
    setGenerationHeaders(reply, answers[0], answers[0].started);
    return answers.map((answer) => observedEvents(call.record, answer));
  }

  private async all<T>(
    requests: readonly GenerateRequest[],
    { signal }: Call,
    run: (request: GenerateRequest, signal: AbortSignal) => Promise<T>,
  ): Promise<T[]> {
    if (requests.length === 1) return [await run(requests[0], signal)];
    const failed = new AbortController();
    const any = AbortSignal.any([signal, failed.signal]);
    try {
      return await Promise.all(requests.map((request) => run(request, any)));
    } catch (error) {
      failed.abort();
      throw error;
    }
  }
}
