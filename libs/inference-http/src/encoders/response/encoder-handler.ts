import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { elapsedMs, IdempotentExecutor, jsonStream, type RequestContext } from '@frontier/http';
import type { EncoderResult, EncoderSource } from '@frontier/inference';
import type { RequestRecord } from '@frontier/telemetry';
import type { Exchange } from '../../generation/generation-handler.js';
import { tokenCount } from './encoder-usage.js';
import { setGenerationHeaders } from '../../generation/generation-headers.js';

/** A request to an encoder, and the form of its response. */
export interface ApiEncoding<T extends object> {
  operation: NonNullable<RequestRecord['operation']>;
  /** The model's name. */
  model: string;
  /** For traces, where they are opted in. */
  inputs: readonly EncoderSource[];
  /** Computes the results; not called where a response is stored for the idempotency key. */
  run(): Promise<EncoderResult>;
  toAnswer(result: EncoderResult): T;
  /** Writes the response piece by piece, since it may have many megabytes; default false. */
  isLarge?: boolean;
  /** Bytes of the response, about, where numbers make it up that are counted beforehand. */
  expectedBytes?: number;
}

/** Runs requests to encoders, once for each idempotency key, and responds as their API does. */
@Injectable()
export class EncoderHandler {
  constructor(private readonly idempotent: IdempotentExecutor) {}

  /** @throws the errors of `EncoderService.encode` and of `IdempotentExecutor.run` */
  async respond<T extends object>(
    { request, reply }: Exchange,
    { record }: Pick<RequestContext, 'record'>,
    { operation, model, inputs, run, toAnswer, isLarge }: ApiEncoding<T>,
  ): Promise<T | Readable> {
    record.operation = operation;
    record.model = model;
    if (record.prompt !== undefined) record.prompt = inputs.map((input) => String(input)).join('\n');
    const body = await this.idempotent.run(request, reply, async () => {
      const result = await run();
      noteEncoding(record, result);
      const { durations } = result;
      setGenerationHeaders(reply, result, durations && { queueMs: durations.queueMs, prefillMs: durations.computeMs });
      return toAnswer(result);
    });
    return isLarge ? jsonStream(reply, body) : body;
  }
}

/** Notes the results of an encoder in the record of their request. */
export function noteEncoding(record: RequestRecord, result: EncoderResult): void {
  record.cache = result.cache;
  record.promptTokens = tokenCount(result);
  record.firstTokenAtMs = elapsedMs(record);
  record.queueMs = result.durations?.queueMs;
  record.prefillMs = result.durations?.computeMs;
}
