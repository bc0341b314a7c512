import type { GgufVocabulary } from './gguf-vocabulary.js';

/** SentencePiece's sign for a space. */
export const SPACE_SIGN = '▁';

/**
 * The user-defined tokens of a SentencePiece vocabulary that are nothing but spaces, by their ids, as SentencePiece spells them: of spaces
 * in a row, the longest such token is taken first. A vocabulary that has the same run as a normal token too has none.
 */
export function spaceRuns({ tokens, kindOf }: GgufVocabulary): ReadonlyMap<number, string> {
  const runs = new Map<number, string>();
  for (const [id, token] of tokens.entries()) {
    if (token.startsWith(' ') && /^ +$/.test(token) && kindOf(id) === 'user-defined')
      runs.set(id, SPACE_SIGN.repeat(token.length));
  }
  if (runs.size === 0) return runs;
  const spelled = new Set(runs.values());
  return tokens.some((token) => spelled.has(token)) ? new Map() : runs;
}
