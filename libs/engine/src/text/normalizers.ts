import { normalizeForBert } from './normalizing/bert-normalizer.js';
import { PrecompiledCharsmap } from './normalizing/precompiled-charsmap.js';
import { sequenceOf, type TokenizerPart } from './tokenizer-json.js';
import { patternOf } from './tokenizers-library.js';

/** Changes a text before it is cut into tokens. */
export interface Normalizer {
  apply(text: string): string;
  /**
   * The number of characters that may become one at most; `Infinity` where any number can vanish. Bounds the tokens of a text from
   * below.
   */
  shrinks: number;
}

/** Canonical composition makes one character of at most four (Unicode 16, longest full canonical decomposition). */
const LONGEST_COMPOSITION = 4;

/**
 * The normalizers of a tokenizer as one.
 * @throws Error naming one that is not supported
 */
export function toNormalizer(part: TokenizerPart | null): Normalizer {
  const steps = sequenceOf(part, 'normalizers').map(step);
  return {
    apply: (text) => steps.reduce((changed, { apply }) => apply(changed), text),
    shrinks: steps.reduce((factor, { shrinks }) => factor * shrinks, 1),
  };
}

function step(part: TokenizerPart): Normalizer {
  switch (part.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = part.type;
      return { apply: (text) => text.normalize(form), shrinks: LONGEST_COMPOSITION };
    }
    case 'Lowercase':
      // Character by character, as the original does: a final sigma is none.
      return { apply: (text) => Array.from(text, (character) => character.toLowerCase()).join(''), shrinks: 1 };
    case 'Prepend': {
      const prefix = String(part.prepend);
      return { apply: (text) => (text === '' ? '' : prefix + text), shrinks: 1 };
    }
    case 'Replace':
      return replacement(part);
    case 'BertNormalizer':
      return bert(part);
    case 'Precompiled':
      return precompiled(part);
    case 'StripAccents':
      return { apply: (text) => text.replace(/\p{M}/gu, ''), shrinks: Infinity };
    case 'Strip':
      return strip(part);
    default:
      throw new Error(`normalizer "${part.type}" is not supported`);
  }
}

function replacement(part: TokenizerPart): Normalizer {
  const content = typeof part.content === 'string' ? part.content : '';
  const { String: text } = (part.pattern ?? {}) as { String?: string };
  if (text !== undefined) {
    if (text === '') throw new Error('a Replace normalizer with an empty pattern is not supported');
    const shrinks = content.length >= text.length ? 1 : content === '' ? Infinity : text.length / content.length;
    return { apply: (given) => given.replaceAll(text, () => content), shrinks };
  }
  const pattern = patternOf(part);
  if (!pattern) throw new Error(`normalizer ${JSON.stringify(part)} is not supported`);
  return { apply: (given) => given.replace(pattern, () => content), shrinks: Infinity };
}

function strip({ strip_left, strip_right }: TokenizerPart): Normalizer {
  return {
    apply: (text) => {
      const begun = strip_left === true ? text.replace(/^\p{White_Space}+/u, '') : text;
      return strip_right === true ? begun.replace(/\p{White_Space}+$/u, '') : begun;
    },
    shrinks: Infinity,
  };
}

function bert({ clean_text, handle_chinese_chars, strip_accents, lowercase }: TokenizerPart): Normalizer {
  const lowersCase = lowercase !== false;
  const steps = {
    cleansText: clean_text !== false,
    isolatesChinese: handle_chinese_chars !== false,
    stripsAccents: typeof strip_accents === 'boolean' ? strip_accents : lowersCase,
    lowersCase,
  };
  return { apply: (text) => normalizeForBert(text, steps), shrinks: Infinity };
}

function precompiled({ precompiled_charsmap: given }: TokenizerPart): Normalizer {
  // Without a map nothing is replaced.
  if (typeof given !== 'string' || given === '') return { apply: (text) => text, shrinks: 1 };
  const map = new PrecompiledCharsmap(Buffer.from(given, 'base64'));
  return { apply: (text) => map.apply(text), shrinks: Infinity };
}
