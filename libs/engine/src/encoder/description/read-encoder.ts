import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelUnsupported } from '../../errors/engine.errors.js';
import { ConfigReader } from '../../model/config-reader.js';
import { readJsonFile } from '../../model/json-file.js';
import { optionalJson } from '../../model/named-tokens.js';
import { encoderArchitecture, isUnservedEncoder, servedEncoders } from '../families/encoder-families.js';
import type { EncoderDescription, EncoderFacts, ModuleChain } from './encoder-description.js';
import { readClassifier } from './read-classifier.js';
import { readModules } from './read-modules.js';

/**
 * The longest text of a decoder, in tokens, unless `context_length` says otherwise: a text is computed in one pass, which holds up all
 * others, and must end before the engine counts as hung.
 */
const DEFAULT_DECODER_TOKENS = 2048;

/** The chain of an encoder whose folder has no `modules.json`, as sentence-transformers makes it. */
export const MEAN: ModuleChain = { pooling: ['mean'], includesPrompt: true, modules: [] };

/**
 * True if a folder holds a model that gives vectors: its `modules.json` says so, or its architecture generates nothing.
 * @throws `model_invalid` where a file is no JSON
 */
export function isEncoderFolder(folder: string): boolean {
  if (existsSync(join(folder, 'modules.json'))) return true;
  const architecture = architectureOf(optionalJson(join(folder, 'config.json')));
  if (architecture === undefined) return false;
  return encoderArchitecture(architecture)?.generates === false || isUnservedEncoder(architecture);
}

/**
 * Reads what a folder says of the encoder in it: `config.json`, the files of sentence-transformers, and the tokenizer's length.
 * @throws `model_invalid`, `model_unsupported` naming the file and what is not computed
 */
export function readEncoder(folder: string): EncoderDescription {
  const modules = readModules(folder, hiddenSizeOf);
  const transformer = modules?.folder ?? folder;
  const { config, architecture, found } = openConfig(transformer);
  const { isClassifier } = found;
  const shape = found.read(config);
  const sentence = optionalFile(join(transformer, 'sentence_bert_config.json'));
  const settings = optionalFile(join(folder, 'config_sentence_transformers.json'));
  const warnings: string[] = [];
  if (isClassifier && modules) {
    throw modelUnsupported(
      `${folder} has modules.json and the head of a ${architecture}; only one of them can be served.`,
    );
  }
  if (!isClassifier && !modules) {
    warnings.push(`${folder} has no modules.json: a text's vector is the mean of its tokens' vectors, not normalised.`);
  }
  const longest = readMaxTokens(transformer, sentence, shape.maxPositions);
  const maxTokens = shape.family === 'decoder' ? Math.min(longest, DEFAULT_DECODER_TOKENS) : longest;
  return {
    folder: transformer,
    config: shape,
    facts: {
      ...(isClassifier
        ? readClassifier(config)
        : { task: 'embed', ...readSimilarity(settings), ...readMatryoshka(config) }),
      ...readPrompts(settings),
    },
    maxTokens,
    longestTokens: longest,
    ...(isClassifier ? { head: found.head(config) } : { chain: modules?.chain ?? MEAN }),
    lowersCase: sentence.flag('do_lower_case'),
    warnings,
  };
}

function openConfig(folder: string) {
  const path = join(folder, 'config.json');
  const raw = readJsonFile(path);
  const config = new ConfigReader(path, raw);
  const architecture = architectureOf(raw);
  if (architecture === undefined) {
    throw config.invalid('architectures', "a list with the model's architecture", raw.architectures);
  }
  const found = encoderArchitecture(architecture);
  if (!found) {
    throw modelUnsupported(
      `${path}: architecture "${architecture}" is not supported as an encoder; supported are ${servedEncoders().join(', ')}.`,
    );
  }
  config.refuse('quantization_config');
  return { config, architecture, found };
}

function hiddenSizeOf(folder: string): number {
  const { config, found } = openConfig(folder);
  return found.read(config).hiddenSize;
}

export function architectureOf({ architectures }: Record<string, unknown>): string | undefined {
  const [first] = Array.isArray(architectures) ? (architectures as unknown[]) : [];
  return typeof first === 'string' ? first : undefined;
}

export function optionalFile(path: string): ConfigReader {
  return new ConfigReader(path, optionalJson(path));
}

export function readSimilarity(settings: ConfigReader): Pick<EncoderFacts, 'similarity'> {
  const given = settings.value('similarity_fn_name') ?? 'cosine';
  return given === 'cosine' || given === 'dot' ? { similarity: given } : {};
}

/** Sizes that vectors may be cut to; a field that no file of sentence-transformers has, but that servers agree on. */
export function readMatryoshka(config: ConfigReader): Pick<EncoderFacts, 'matryoshka'> {
  const sizes = config.value('matryoshka_dimensions');
  if (Array.isArray(sizes))
    return { matryoshka: sizes.filter((size): size is number => Number.isInteger(size) && size > 0) };
  return config.flag('is_matryoshka') ? { matryoshka: 'any' } : {};
}

export function readPrompts(settings: ConfigReader): Pick<EncoderFacts, 'prompts' | 'defaultPrompt'> {
  const given = Object.entries((settings.value('prompts') ?? {}) as Record<string, unknown>);
  const prompts = Object.fromEntries(given.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
  const defaultPrompt = settings.value('default_prompt_name');
  if (defaultPrompt === undefined) return { prompts };
  if (typeof defaultPrompt === 'string' && Object.hasOwn(prompts, defaultPrompt)) return { prompts, defaultPrompt };
  throw settings.invalid('default_prompt_name', 'the name of one of "prompts"', defaultPrompt);
}

/** `max_seq_length` of sentence-transformers, else the tokenizer's length; at most the positions that there are. */
export function readMaxTokens(folder: string, sentence: ConfigReader, maxPositions: number): number {
  const own = sentence.optionalSize('max_seq_length');
  // The tokenizers of models without a limit say 1e30.
  const length = optionalFile(join(folder, 'tokenizer_config.json')).value('model_max_length');
  const limit = own ?? (typeof length === 'number' && length >= 1 ? Math.floor(length) : maxPositions);
  return Math.min(limit, maxPositions);
}
