import { modelUnsupported } from '../../errors/engine.errors.js';
import type { TokenizerPart } from '../../text/tokenizer-json.js';
import type { GgufMetadata } from '../gguf-metadata.js';

/** The part of a byte-level tokenizer that the file gives no more than a name of. */
export interface PreTokenizerRecipe {
  normalizer: TokenizerPart | null;
  preTokenizer: TokenizerPart;
  /** A piece that is a token is not cut, even where no merges lead to it. */
  ignoresMerges: boolean;
  /** True where texts begin with the beginning-of-text token unless the file says otherwise. */
  addsBeginning: boolean;
}

/** Spaces and line ends, which most patterns end with. */
const SPACES = String.raw`\s*[\r\n]+|\s+(?!\S)|\s+`;
const CONTRACTIONS = `(?i:'s|'t|'re|'ve|'m|'ll|'d)`;
const WORD = String.raw`[^\r\n\p{L}\p{N}]?\p{L}+`;
const SIGNS = String.raw` ?[^\s\p{L}\p{N}]+[\r\n]*`;
const LLAMA3 = String.raw`${CONTRACTIONS}|${WORD}|\p{N}{1,3}|${SIGNS}|${SPACES}`;
const QWEN2 = String.raw`${CONTRACTIONS}|${WORD}|\p{N}|${SIGNS}|${SPACES}`;
const QWEN35 = String.raw`${CONTRACTIONS}|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|${SPACES}`;
const SEED_CODER = String.raw`${CONTRACTIONS}|${WORD}|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|${SPACES}`;

/** Letters that can be large, and those that can be small: words are cut where a small one is followed by a large one. */
const LARGE = String.raw`[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]`;
const SMALL = String.raw`[\p{Ll}\p{Lm}\p{Lo}\p{M}]`;
const casedWords = (ending: string): string =>
  [`${LARGE}*${SMALL}+`, `${LARGE}+${SMALL}*`].map((word) => String.raw`[^\r\n\p{L}\p{N}]?${word}${ending}`).join('|');
const CASED_SIGNS = String.raw` ?[^\s\p{L}\p{N}]+[\r\n/]*`;
const O200K = String.raw`${casedWords(`${CONTRACTIONS}?`)}|\p{N}{1,3}|${CASED_SIGNS}|${SPACES}`;
const TEKKEN = String.raw`${casedWords('')}|\p{N}|${CASED_SIGNS}|${SPACES}`;

const DEEPSEEK3 = [
  String.raw`\p{N}{1,3}`,
  '[一-龥぀-ゟ゠-ヿ]+',
  String.raw`[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_${'`'}{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|${SPACES}`,
];

const NFC: TokenizerPart = { type: 'NFC' };
const GPT2: TokenizerPart = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
const DIGITS_THEN_GPT2: TokenizerPart = {
  type: 'Sequence',
  pretokenizers: [{ type: 'Digits', individual_digits: true }, GPT2],
};

function splits(...patterns: string[]): TokenizerPart {
  const steps = patterns.map((Regex) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }));
  return {
    type: 'Sequence',
    pretokenizers: [...steps, { type: 'ByteLevel', add_prefix_space: false, use_regex: false }],
  };
}

function recipe(preTokenizer: TokenizerPart, options: Partial<PreTokenizerRecipe> = {}): PreTokenizerRecipe {
  return { normalizer: null, preTokenizer, ignoresMerges: false, addsBeginning: false, ...options };
}

/**
 * The recipes that are known exactly, each with its names in files. They are constants of the format: patterns as in the `tokenizer.json`
 * of the models that gave the names, names as in llama.cpp
 * (https://github.com/ggml-org/llama.cpp/blob/master/src/llama-vocab.cpp, `load`). The file has no normalizer; composition (NFC) is that
 * of the models' own tokenizers.
 */
const RECIPES: readonly (readonly [names: string, recipe: PreTokenizerRecipe])[] = [
  [
    'llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano',
    recipe(splits(LLAMA3), { ignoresMerges: true, addsBeginning: true }),
  ],
  ['dbrx smaug-bpe', recipe(splits(LLAMA3))],
  ['qwen2', recipe(splits(QWEN2), { normalizer: NFC })],
  ['deepseek-r1-qwen megrez stablelm2 hunyuan kormo f2llmv2 solar-open grok-2', recipe(splits(QWEN2))],
  ['qwen35', recipe(splits(QWEN35), { normalizer: NFC })],
  ['seed-coder', recipe(splits(SEED_CODER))],
  ['gpt-4o llama4 kanana2 talkie minimax-m2', recipe(splits(O200K))],
  ['tekken', recipe(splits(TEKKEN), { ignoresMerges: true, addsBeginning: true })],
  ['deepseek-v3', recipe(splits(...DEEPSEEK3))],
  ['gpt-2 phi-2 exaone4 granite-docling jais mellum trillion gigachat a.x-4.0', recipe(GPT2)],
  ['mpt olmo', recipe(GPT2, { normalizer: NFC })],
  ['smollm starcoder refact codeshell exaone minerva-7b mellum2', recipe(DIGITS_THEN_GPT2)],
  ['command-r', recipe(DIGITS_THEN_GPT2, { normalizer: NFC })],
];
const BY_NAME = new Map(RECIPES.flatMap(([names, found]) => names.split(' ').map((name) => [name, found] as const)));

/**
 * The recipe that the file names with `tokenizer.ggml.pre`.
 * @throws `model_unsupported` for a name that is not known, and where there is none: texts would be cut as the model has never seen them
 */
export function readPreTokenizer(metadata: GgufMetadata): PreTokenizerRecipe {
  const name = metadata.string('tokenizer.ggml.pre') ?? '';
  const known = BY_NAME.get(name);
  if (known) return known;
  if (name === '' || name === 'default') {
    throw modelUnsupported(
      `${metadata.path} does not say how texts are cut into words ("tokenizer.ggml.pre"), since an old or failed conversion made it. Take a newer GGUF file of this model, or its safetensors folder.`,
    );
  }
  throw modelUnsupported(
    `${metadata.path}: pre-tokenizer ${JSON.stringify(name.slice(0, 40))} is not supported; supported are ${[...BY_NAME.keys()].join(', ')}. Take the safetensors folder of this model.`,
  );
}
