import type { TokenLogprob } from '@frontier/engine';

/** How likely each label of a question is. */
export interface Distribution {
  /** Of each label, in order: among the labels alone, so that their sum is 1. */
  probabilities: number[];
  /** Index of the most likely label; of equal ones the first. */
  best: number;
  /** Probability of the best label among all tokens: low where the model would rather have said something else. */
  confidence: number;
}

/**
 * The distribution over labels.
 * @param tokens of each label; the probabilities of all its spellings are summed up
 * @param logprobs of these tokens, natural logarithms
 */
export function distribution(
  tokens: readonly (readonly number[])[],
  logprobs: readonly Pick<TokenLogprob, 'token' | 'logprob'>[],
): Distribution {
  const known = new Map(logprobs.map(({ token, logprob }) => [token, logprob]));
  const most = Math.max(...known.values());
  // Beside the largest, so that labels that are all unlikely do not vanish.
  const shares = tokens.map((ids) => ids.reduce((sum, id) => sum + Math.exp(known.get(id)! - most), 0));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const best = shares.indexOf(Math.max(...shares));
  return {
    probabilities: shares.map((share) => share / total),
    best,
    confidence: Math.min(1, shares[best] * Math.exp(most)),
  };
}
