import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SamplingParams } from '../sampler/sampling-params.js';
import { ConfigReader } from './config-reader.js';
import { readJsonFile } from './json-file.js';

/** What a model's makers say about generating with it. */
export interface GenerationConfig {
  eosTokenIds: number[];
  /** What a request gets that does not say otherwise. */
  defaults: Partial<SamplingParams>;
}

/**
 * Reads `generation_config.json`, where there is one. `do_sample: false`, or a file that has no such field, leaves the
 * temperature to the server, as Hugging Face's generation does.
 * @throws `model_invalid` naming a field that has no sensible value
 */
export function readGenerationConfig(folder: string): GenerationConfig {
  const path = join(folder, 'generation_config.json');
  const config = new ConfigReader(path, existsSync(path) ? readJsonFile(path) : {});
  const sampling = config.flag('do_sample')
    ? {
        temperature: config.optionalNumber('temperature', 0, 2),
        topK: config.optionalNumber('top_k', 0, Number.MAX_SAFE_INTEGER),
        topP: config.optionalNumber('top_p', 0, 1),
        minP: config.optionalNumber('min_p', 0, 1),
      }
    : {};
  const defaults = { ...sampling, repetitionPenalty: config.optionalNumber('repetition_penalty', 0.1, 10) };
  return {
    eosTokenIds: config.tokenIds('eos_token_id'),
    defaults: Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined)),
  };
}
