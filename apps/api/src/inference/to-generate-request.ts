import type { GenerateRequest, SamplingParams } from '@frontier/inference';
import { toLogitBias } from '../http/field.validators.js';
import { withoutNulls } from '../http/without-nulls.js';
import type { InferParams } from './infer.params.js';
import type { InferRequest } from './infer.request.js';

/** The request in the terms of the inference service. */
export function toGenerateRequest(
  { model, prompt, params }: Pick<InferRequest, 'model' | 'prompt' | 'params'>,
  { caller, maxWaitMs, cache }: Pick<GenerateRequest, 'caller' | 'maxWaitMs' | 'cache'>,
): GenerateRequest {
  return {
    caller,
    maxWaitMs,
    cache,
    model: model ?? undefined,
    prompt,
    params: params ? toSamplingParams(params) : undefined,
    priority: params?.priority ?? undefined,
  };
}

/** Fields that are absent or null are left out, so that they take their default. */
function toSamplingParams(wire: InferParams): Partial<SamplingParams> {
  return withoutNulls<SamplingParams>({
    maxNewTokens: wire.max_new_tokens,
    minNewTokens: wire.min_new_tokens,
    temperature: wire.temperature,
    topP: wire.top_p,
    topK: wire.top_k,
    minP: wire.min_p,
    repetitionPenalty: wire.repetition_penalty,
    frequencyPenalty: wire.frequency_penalty,
    presencePenalty: wire.presence_penalty,
    logitBias: toLogitBias(wire.logit_bias),
    seed: wire.seed,
    stop: typeof wire.stop === 'string' ? [wire.stop] : wire.stop,
    stopTokenIds: wire.stop_token_ids,
    ignoreEos: wire.ignore_eos,
  });
}
