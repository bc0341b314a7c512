import type { GenerateRequest } from '@frontier/inference';
import { toSamplingParams } from '../sampling/to-sampling-params.js';
import type { InferRequest } from './infer.request.js';

/** The request in the terms of the inference service. */
export function toGenerateRequest(
  { model, prompt, params }: Pick<InferRequest, 'model' | 'prompt' | 'params'>,
  { principal, cache }: Pick<GenerateRequest, 'principal' | 'cache'>,
): GenerateRequest {
  return {
    principal,
    cache,
    model: model ?? undefined,
    prompt,
    params: params
      ? toSamplingParams(params, {
          maxNewTokens: params.max_new_tokens,
          minNewTokens: params.min_new_tokens,
          temperature: params.temperature,
          topP: params.top_p,
          topK: params.top_k,
          seed: params.seed,
          stops: params.stop,
        })
      : undefined,
    priority: params?.priority ?? undefined,
    cacheSalt: params?.cache_salt ?? undefined,
  };
}
