import type { SamplingParams } from '../../sampler/sampling-params.js';
import type { GenerationConfig } from '../../sampler/generation-config.js';
import type { GgufMetadata } from '../gguf-metadata.js';
import { readEndsOfText } from './ends-of-text.js';
import { readGgufVocabulary } from './gguf-vocabulary.js';

type NumericParam = 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty';

/** Keys of a model's sampling and the values that can be computed with. */
const SAMPLING: Record<NumericParam, { key: string; min: number; max: number }> = {
  temperature: { key: 'general.sampling.temp', min: 0, max: 100 },
  topK: { key: 'general.sampling.top_k', min: 0, max: Number.MAX_SAFE_INTEGER },
  topP: { key: 'general.sampling.top_p', min: 0, max: 1 },
  minP: { key: 'general.sampling.min_p', min: 0, max: 1 },
  repetitionPenalty: { key: 'general.sampling.penalty_repeat', min: 0.01, max: 100 },
};

/**
 * The defaults for generation in a GGUF file, which has no `generation_config.json`: the ends of texts, and `general.sampling.*`. A
 * value that cannot be computed with is ignored: it is no reason not to serve the model.
 * @throws `model_invalid` where the vocabulary is damaged
 */
export function readGgufGenerationConfig(metadata: GgufMetadata): GenerationConfig {
  const warnings: string[] = [];
  const defaults: Partial<SamplingParams> = {};
  for (const [param, { key, min, max }] of Object.entries(SAMPLING)) {
    const value = metadata.number(key);
    if (value === undefined) continue;
    if (value >= min && value <= max) defaults[param as NumericParam] = value;
    else warnings.push(`${metadata.path}: "${key}": ${value} is ignored; it must be a number from ${min} to ${max}.`);
  }
  return { eosTokenIds: readEndsOfText(metadata, readGgufVocabulary(metadata)), defaults, warnings };
}
