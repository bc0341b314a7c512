import type { SamplingParams } from '@frontier/inference';
import { toLogitBias, toLogitsProcessors } from './field.validators.js';
import type { SamplingFields } from './sampling.fields.js';
import { withoutNulls } from './without-nulls.js';

/** Further fields of a request, whose names differ by route. */
type Others = { [Name in keyof SamplingParams]?: SamplingParams[Name] | null } & {
  stops: string | string[] | null | undefined;
};

/** The sampling parameters in the terms of the inference service. */
export function toSamplingParams(fields: SamplingFields, { stops, ...others }: Others): Partial<SamplingParams> {
  return withoutNulls<SamplingParams>({
    minP: fields.min_p,
    repetitionPenalty: fields.repetition_penalty,
    frequencyPenalty: fields.frequency_penalty,
    presencePenalty: fields.presence_penalty,
    logitBias: toLogitBias(fields.logit_bias),
    logitsProcessors: toLogitsProcessors(fields.logits_processors),
    stopTokenIds: fields.stop_token_ids,
    ignoreEos: fields.ignore_eos,
    promptLookup: fields.speculation?.prompt_lookup,
    stop: typeof stops === 'string' ? [stops] : stops,
    ...others,
  });
}
