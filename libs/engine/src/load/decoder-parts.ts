import { fileURLToPath } from 'node:url';
import { modelInvalid } from '../errors/engine.errors.js';
import { fileDigest } from '../graph/digest.js';
import { type LoadedPlugin, loadPlugin } from '../plugin/load-plugin.js';
import type { SamplingParams } from '../sampler/sampling-params.js';
import type { DecoderSource } from '../source/model-source.js';
import { createVocabulary } from '../text/text-tokenizer.js';
import type { Vocabulary } from '../text/vocabulary.js';
import { DEFAULT_MAX_CONTEXT_LENGTH, type ModelOptions } from './model-options.js';

/** What is around the passes of a model that generates. */
export interface DecoderParts {
  /** The longest sequence, in tokens. */
  contextLength: number;
  vocabulary: Vocabulary;
  plugin: LoadedPlugin | undefined;
  eosTokenIds: number[];
  defaults: Partial<SamplingParams>;
  /** Deviations from what was asked for, and from the model's files. */
  warnings: string[];
}

/**
 * Reads what is around the passes of a model: its tokens, ends and defaults, and its plugin.
 * @throws as `loadModel`
 */
export async function readDecoderParts(
  source: Pick<DecoderSource, 'readGenerationConfig' | 'readTokenizer'>,
  { maxPositions, eosTokenIds }: { maxPositions: number; eosTokenIds: readonly number[] },
  options: ModelOptions,
): Promise<DecoderParts> {
  const { path, promptLookup = 0 } = options;
  const contextLength = options.contextLength ?? Math.min(maxPositions, DEFAULT_MAX_CONTEXT_LENGTH);
  if (contextLength > maxPositions) {
    throw modelInvalid(
      `The context length ${contextLength} exceeds the ${maxPositions} positions that the model in ${path} was made for.`,
    );
  }
  const generation = source.readGenerationConfig();
  const { json, eosTokenId, warnings: textWarnings } = source.readTokenizer();
  const plugin = options.plugin === undefined ? undefined : await loadPlugin(options.plugin);
  const warnings = [...generation.warnings, ...textWarnings];
  if (options.contextLength === undefined && contextLength < maxPositions) {
    warnings.push(
      `Its context is ${contextLength} of the ${maxPositions} positions that it was made for. Set context_length for more.`,
    );
  }
  return {
    contextLength,
    vocabulary: createVocabulary(json),
    plugin,
    // Each of the three may name an end that the others do not.
    eosTokenIds: [
      ...new Set([...eosTokenIds, ...generation.eosTokenIds, ...(eosTokenId === undefined ? [] : [eosTokenId])]),
    ],
    defaults: { ...generation.defaults, ...(promptLookup > 0 && { promptLookup }) },
    warnings,
  };
}

/** Digests of the plugin's own file and version; modules that it imports are left to the version. */
export function pluginDigests(loaded: LoadedPlugin | undefined): string[] {
  if (loaded === undefined) return [];
  const { plugin, url } = loaded;
  const file = url.startsWith('file:') ? fileDigest(fileURLToPath(url)) : url;
  return [`plugin ${file} ${plugin.version ?? ''}`];
}
