import type { Continuation, Scored } from './llama-cpp-model.ts';

/** The largest difference of logits from those of a reference, whose constant is unknown. */
export function logitError(logits: ArrayLike<number>, reference: readonly Scored[]): number {
  const differences = reference.map(([token, logit]) => logits[token] - logit);
  const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
  return Math.max(...differences.map((difference) => Math.abs(difference - mean)));
}

/** How far greedy tokens follow those of a reference. */
export interface Agreement {
  /** Tokens alike before the first that differs. */
  same: number;
  of: number;
  /** How far the reference's second best token was behind where they part; `undefined` where they do not. */
  gap?: number;
}

/** Compares greedy tokens with a reference's. */
export function agreementOf(tokens: readonly number[], reference: Continuation): Agreement {
  const of = reference.tokens.length;
  const same = reference.tokens.findIndex((token, i) => token !== tokens[i]);
  return same === -1 ? { same: of, of } : { same, of, gap: reference.gaps[same] };
}
