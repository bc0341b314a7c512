import type { ModelInfo, SamplingParams } from '@frontier/inference';
import { toLogitBias } from '../http/field.validators.js';
import { withoutNulls } from '../http/without-nulls.js';
import { jsonSchemaOf } from './response-format.js';
import type { SamplingRequest } from './sampling.request.js';

/** What OpenAI's API takes for a temperature that nobody named. */
const DEFAULT_TEMPERATURE = 1;

/** The part of a request that says how to sample, in the terms of the inference service. */
export function toSamplingParams(
  wire: SamplingRequest,
  { defaults }: Pick<ModelInfo, 'defaults'>,
  maxNewTokens: number,
  topLogprobs: number | undefined,
): Partial<SamplingParams> {
  return withoutNulls<SamplingParams>({
    maxNewTokens,
    topLogprobs,
    minNewTokens: wire.min_tokens,
    temperature: wire.temperature ?? defaults.temperature ?? DEFAULT_TEMPERATURE,
    topP: wire.top_p,
    topK: wire.top_k === -1 ? 0 : wire.top_k,
    minP: wire.min_p,
    repetitionPenalty: wire.repetition_penalty,
    frequencyPenalty: wire.frequency_penalty,
    presencePenalty: wire.presence_penalty,
    logitBias: toLogitBias(wire.logit_bias),
    seed: wire.seed,
    stop: typeof wire.stop === 'string' ? [wire.stop] : wire.stop,
    stopTokenIds: wire.stop_token_ids,
    ignoreEos: wire.ignore_eos,
    jsonSchema: jsonSchemaOf(wire.response_format),
  });
}
