import type { GenerateRequest, ModelInfo } from '@frontier/inference';
import type { Call } from '../http/call.decorator.js';
import { invalidRequest } from '../http/http.errors.js';
import { toSamplingParams } from '../sampling/to-sampling-params.js';
import { jsonSchemaOf } from './response-format.js';
import type { SamplingRequest } from './sampling.request.js';

/** What OpenAI's API takes for a temperature that nobody named. */
const DEFAULT_TEMPERATURE = 1;

/** The request in the terms of the inference service, but for its prompt. */
export function toRequest(
  body: SamplingRequest,
  { caller, maxWaitMs, cache }: Call,
  { defaults }: ModelInfo,
  maxNewTokens: number,
  topLogprobs: number | undefined,
): Omit<GenerateRequest, 'prompt'> {
  return {
    caller,
    maxWaitMs,
    cache,
    model: body.model ?? undefined,
    n: body.n ?? undefined,
    params: toSamplingParams(body, {
      maxNewTokens,
      topLogprobs,
      minNewTokens: body.min_tokens,
      temperature: body.temperature ?? defaults.temperature ?? DEFAULT_TEMPERATURE,
      topP: body.top_p,
      topK: body.top_k === -1 ? 0 : body.top_k,
      seed: body.seed,
      stops: body.stop,
      jsonSchema: jsonSchemaOf(body.response_format),
    }),
    priority: body.priority ?? undefined,
  };
}

/** @throws `invalid_request` */
export function assertStreamOptions({ stream, stream_options }: SamplingRequest): void {
  if (!stream && stream_options) {
    throw invalidRequest([{ pointer: '/stream_options', detail: 'stream_options needs stream: true' }]);
  }
}
