import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { eventStream, IdempotentExecutor, jsonStream, type RequestContext } from '@frontier/http';
import type { Completion, GenerateRequest } from '@frontier/inference';
import { type EventWriter, generationEvents } from './generation-events.js';
import { setGenerationHeaders } from './generation-headers.js';
import { noteCompletion } from './generation-record.js';
import { GenerationRunner } from './generation-runner.js';

/** A request that generates, and the form of its response. */
export interface ApiGeneration<T extends object> {
  /** The generations, one for each prompt; not called where a response is stored for the idempotency key. */
  begin(): GenerateRequest[] | Promise<GenerateRequest[]>;
  /** The whole response, of the completions of all prompts. */
  toAnswer(completions: Completion[]): T;
  /** Makes the writer of a streamed response. */
  writer(): EventWriter;
  /** Writes the response piece by piece, since it may have many megabytes; default false. */
  isLarge?: boolean;
}

/** Fastify's two halves of a request. */
export interface Exchange {
  request: FastifyRequest;
  reply: FastifyReply;
}

/** Runs requests that generate, once for each idempotency key, and responds as their API does: as a whole, or as server-sent events. */
@Injectable()
export class GenerationHandler {
  constructor(
    private readonly runner: GenerationRunner,
    private readonly idempotent: IdempotentExecutor,
  ) {}

  /** @throws the errors of `InferenceService.complete` and of `IdempotentExecutor.run` */
  async respond<T extends object>(
    { request, reply }: Exchange,
    { deadline, record }: RequestContext,
    api: Omit<ApiGeneration<T>, 'writer'>,
  ): Promise<T | Readable> {
    const body = await this.idempotent.run(request, reply, async () => {
      const completions = await this.runner.complete(await api.begin(), deadline);
      for (const completion of completions) noteCompletion(record, completion);
      const [first] = completions;
      setGenerationHeaders(reply, first, first.durations);
      return api.toAnswer(completions);
    });
    return api.isLarge ? jsonStream(reply, body) : body;
  }

  /** @throws as {@link respond} does, before the first event; later errors are events */
  async stream(
    { request, reply }: Exchange,
    { deadline, record }: RequestContext,
    api: Pick<ApiGeneration<object>, 'begin' | 'writer'>,
  ): Promise<Readable> {
    const stream = await this.idempotent.runStream(request, reply, async () => {
      const streams = await this.runner.stream(await api.begin(), deadline);
      setGenerationHeaders(reply, streams.first, streams.first.started);
      return generationEvents(streams, api.writer(), record);
    });
    return eventStream(reply, stream);
  }
}
