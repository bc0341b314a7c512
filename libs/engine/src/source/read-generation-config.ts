import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigReader } from '../model/config-reader.js';
import { readJsonFile } from '../model/json-file.js';
import type { GenerationConfig } from '../sampler/generation-config.js';

/**
 * Reads `generation_config.json`, where there is one. `do_sample: false`, or a file that has no such field, leaves the
 * temperature to the server, as Hugging Face's generation does. A value that cannot be computed with is ignored: it is no
 * reason not to serve the model.
 */
export function readGenerationConfig(folder: string): GenerationConfig {
  const path = join(folder, 'generation_config.json');
  const config = new ConfigReader(path, existsSync(path) ? readJsonFile(path) : {});
  const warnings: string[] = [];
  const number = (name: string, min: number, max: number): number | undefined => {
    const value = config.value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && value >= min && value <= max) return value;
    warnings.push(
      `${path}: "${name}": ${JSON.stringify(value)} is ignored; it must be a number from ${min} to ${max}.`,
    );
    return undefined;
  };
  const topK = (): number | undefined =>
    config.value('top_k') === -1 ? 0 : number('top_k', 0, Number.MAX_SAFE_INTEGER);
  const sampling =
    config.value('do_sample') === true
      ? {
          temperature: number('temperature', 0, 100),
          topK: topK(),
          topP: number('top_p', 0, 1),
          minP: number('min_p', 0, 1),
        }
      : {};
  const defaults = { ...sampling, repetitionPenalty: number('repetition_penalty', 0.01, 100) };
  return {
    eosTokenIds: config.tokenIds('eos_token_id'),
    defaults: Object.fromEntries(Object.entries(defaults).filter(([, value]) => value !== undefined)),
    warnings,
  };
}
