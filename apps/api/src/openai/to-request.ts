import type { GenerateRequest, ModelInfo } from '@frontier/inference';
import type { Call } from '../http/call.decorator.js';
import { invalidRequest } from '../http/http.errors.js';
import type { SamplingRequest } from './sampling.request.js';
import { toSamplingParams } from './to-sampling-params.js';

/** The request in the terms of the inference service, but for its prompt. */
export function toRequest(
  body: SamplingRequest,
  { caller, maxWaitMs, cache }: Call,
  info: ModelInfo,
  maxNewTokens: number,
  topLogprobs: number | undefined,
): Omit<GenerateRequest, 'prompt'> {
  return {
    caller,
    maxWaitMs,
    cache,
    model: body.model ?? undefined,
    n: body.n ?? undefined,
    params: toSamplingParams(body, info, maxNewTokens, topLogprobs),
    priority: body.priority ?? undefined,
  };
}

/** @throws `invalid_request` */
export function assertStreamOptions({ stream, stream_options }: SamplingRequest): void {
  if (!stream && stream_options) {
    throw invalidRequest([{ pointer: '/stream_options', detail: 'stream_options needs stream: true' }]);
  }
}
