import type { Token } from './token.js';

/** Tokens of a thread that are kept with their alternatives: about 8 MB of five each. */
const MAX_KEPT = 16_384;

/** Drops the alternatives of a thread's oldest tokens, beyond `max`: their own chances stay. Answers come oldest first. */
export function dropOldAlternatives(answers: readonly { tokens: readonly Token[] }[], max = MAX_KEPT): void {
  let kept = 0;
  for (const { tokens } of answers.toReversed()) {
    const first = Math.max(0, tokens.length - (max - kept));
    for (const token of tokens.slice(0, first)) token.alternatives = [];
    kept += tokens.length - first;
  }
}
