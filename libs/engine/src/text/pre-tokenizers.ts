import { toByteLevel } from './byte-level.js';
import { SPLIT_BEHAVIORS, type SplitBehavior, splitText } from './text-split.js';
import { sequenceOf, type TokenizerPart } from './tokenizer-json.js';
import { patternOf } from './tokenizers-library.js';

/** Cuts a text into the pieces that a tokenizer's model works on. */
export interface PreTokenizer {
  /** @param isStart true if the text begins the caller's text */
  apply(text: string, isStart: boolean): string[];
  /** True if text between the pieces is dropped. */
  drops: boolean;
}

/** GPT-2's (https://github.com/openai/gpt-2/blob/master/src/encoder.py); white space is Unicode's, not JavaScript's. */
const GPT2 =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
const PUNCTUATION = /[\p{P}!-/:-@[-`{-~]/gu;
const WORDS =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;
const WHITE_SPACE = /\p{White_Space}/gu;

/**
 * The pre-tokenizers of a tokenizer as one. They are written after the originals
 * (https://github.com/huggingface/tokenizers/tree/main/tokenizers/src/pre_tokenizers): the JavaScript library's know one
 * behaviour of a split, and JavaScript's classes of characters.
 * @throws Error naming one that is not supported
 */
export function toPreTokenizer(part: TokenizerPart | null): PreTokenizer {
  const steps = sequenceOf(part, 'pretokenizers').map(step);
  return {
    apply: (text, isStart) =>
      steps.reduce((pieces, { apply }) => pieces.flatMap((piece, i) => apply(piece, isStart && i === 0)), [text]),
    drops: steps.some(({ drops }) => drops),
  };
}

function step(part: TokenizerPart): PreTokenizer {
  switch (part.type) {
    case 'ByteLevel':
      return byteLevel(part);
    case 'Split':
      return split(part);
    case 'Metaspace':
      return metaspace(part);
    case 'Digits':
      return cut(/\p{N}/gu, part.individual_digits === true ? 'Isolated' : 'Contiguous');
    case 'Punctuation':
      return cut(PUNCTUATION, behaviorOf(part, 'Isolated'));
    case 'BertPreTokenizer':
      return bert;
    case 'Whitespace':
      return { apply: (text) => splitText(text, WORDS, 'Removed', true), drops: true };
    case 'WhitespaceSplit':
      return cut(WHITE_SPACE, 'Removed');
    default:
      throw new Error(`pre-tokenizer "${part.type}" is not supported`);
  }
}

function cut(pattern: RegExp, behavior: SplitBehavior, invert = false): PreTokenizer {
  return { apply: (text) => splitText(text, pattern, behavior, invert), drops: behavior === 'Removed' };
}

/** Words without the white space around them, and each punctuation mark alone. */
const bert: PreTokenizer = {
  apply: (text) => splitText(text, WHITE_SPACE, 'Removed').flatMap((word) => splitText(word, PUNCTUATION, 'Isolated')),
  drops: true,
};

function behaviorOf({ type, behavior }: TokenizerPart, fallback?: SplitBehavior): SplitBehavior {
  const given = behavior ?? fallback;
  const known = SPLIT_BEHAVIORS.find((name) => name.toLowerCase() === String(given).replaceAll('_', '').toLowerCase());
  if (!known) throw new Error(`${type} pre-tokenizer: behavior ${JSON.stringify(given)} is not supported`);
  return known as SplitBehavior;
}

function split(part: TokenizerPart): PreTokenizer {
  const { String: text } = (part.pattern ?? {}) as { String?: string };
  const pattern = text === undefined ? patternOf(part) : new RegExp(RegExp.escape(text), 'gu');
  if (!pattern) throw new Error(`Split pre-tokenizer: pattern ${JSON.stringify(part.pattern)} is not supported`);
  return cut(pattern, behaviorOf(part), part.invert === true);
}

function byteLevel({ add_prefix_space, use_regex }: TokenizerPart): PreTokenizer {
  return {
    apply: (text) => {
      const prefixed = add_prefix_space === true && !text.startsWith(' ') ? ` ${text}` : text;
      const pieces = use_regex === false ? [prefixed] : splitText(prefixed, GPT2, 'Isolated');
      return pieces.map(toByteLevel);
    },
    drops: false,
  };
}

function metaspace(part: TokenizerPart): PreTokenizer {
  const { replacement = '▁', split: isSplit = true } = part as { replacement?: string; split?: boolean };
  const scheme = prependScheme(part);
  const pattern = new RegExp(RegExp.escape(replacement), 'gu');
  return {
    apply: (text, isStart) => {
      const replaced = text.replaceAll(' ', replacement);
      const isPrefixed = scheme === 'always' || (scheme === 'first' && isStart);
      const whole = isPrefixed && !replaced.startsWith(replacement) ? replacement + replaced : replaced;
      return isSplit ? splitText(whole, pattern, 'MergedWithNext') : [whole];
    },
    drops: false,
  };
}

/** The texts before which a Metaspace part puts a space; older files name them with `add_prefix_space`. */
export function prependScheme({ prepend_scheme, add_prefix_space }: TokenizerPart): 'always' | 'first' | 'never' {
  if (prepend_scheme === 'first' || prepend_scheme === 'never' || prepend_scheme === 'always') return prepend_scheme;
  return add_prefix_space === false ? 'never' : 'always';
}
