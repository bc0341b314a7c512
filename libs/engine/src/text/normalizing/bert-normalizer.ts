/** Steps of BERT's normalizer. */
export interface BertNormalization {
  cleansText: boolean;
  isolatesChinese: boolean;
  stripsAccents: boolean;
  lowersCase: boolean;
}

/** Control characters but tab and line breaks, and what stands for no character. */
const DROPPED = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\u{fffd}]/gu;
const SPACE = /\p{White_Space}/gu;
const NONSPACING = /\p{Mn}/gu;
/** CJK ideographs in the blocks that BERT's own tokenizer lists. */
const CHINESE =
  /[\u{4e00}-\u{9fff}\u{3400}-\u{4dbf}\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\u{f900}-\u{faff}\u{2f800}-\u{2fa1f}]/gu;

/**
 * Normalizes a text as BERT does (https://github.com/huggingface/tokenizers/blob/main/tokenizers/src/normalizers/bert.rs):
 * control characters go, white space becomes spaces, ideographs stand alone, accents go, capitals become small.
 */
export function normalizeForBert(
  text: string,
  { cleansText, isolatesChinese, stripsAccents, lowersCase }: BertNormalization,
): string {
  let normalized = text;
  if (cleansText) normalized = normalized.replace(DROPPED, '').replace(SPACE, ' ');
  if (isolatesChinese) normalized = normalized.replace(CHINESE, ' $& ');
  if (stripsAccents) normalized = normalized.normalize('NFD').replace(NONSPACING, '');
  // Character by character, as the original does: a final sigma is none.
  if (lowersCase) normalized = Array.from(normalized, (character) => character.toLowerCase()).join('');
  return normalized;
}
