interface Logprob {
  token: number;
  logprob: number;
}

/** A token and the natural logarithm of its probability. */
export interface TokenLogprob extends Logprob {
  /** The bytes of the token in UTF-8; several tokens may make up one character. */
  bytes: readonly number[];
}

/** The log probability of a sampled token, and those of the most likely tokens. */
export interface TokenLogprobs extends TokenLogprob {
  /** Its place among all tokens by their probability, from 1. */
  rank: number;
  /** The most likely tokens, best first. */
  top: TokenLogprob[];
  /** The tokens that the request lists, in its order, where it lists any. */
  listed?: TokenLogprob[];
}

/** The log probability of a token of a prompt after those before it; the first one has none. */
export interface PromptLogprobs extends Omit<TokenLogprobs, 'logprob' | 'listed'> {
  logprob: number | null;
}

/**
 * log softmax of the model's logits, before any bias, penalty or temperature, for the sampled token, the most likely
 * `count` and those that are `listed`. Ties go to the lower id.
 */
export function logProbabilities(
  logits: Float32Array,
  sampled: number,
  count: number,
  listed: readonly number[] = [],
): Logprob & { rank: number } & Record<'top' | 'listed', Logprob[]> {
  let max = -Infinity;
  for (let i = 0; i < logits.length; i++) if (logits[i] > max) max = logits[i];
  let total = 0;
  for (let i = 0; i < logits.length; i++) total += Math.exp(logits[i] - max);
  const normalizer = max + Math.log(total);
  const logprobOf = (token: number): Logprob => ({ token, logprob: logits[token] - normalizer });
  return {
    ...logprobOf(sampled),
    rank: rankOf(logits, sampled),
    top: largest(logits, count).map(logprobOf),
    listed: listed.map(logprobOf),
  };
}

/** The place of a value in the order of {@link largest}, from 1. */
function rankOf(values: Float32Array, at: number): number {
  let rank = 1;
  for (let i = 0; i < values.length; i++) {
    if (values[i] > values[at] || (values[i] === values[at] && i < at)) rank++;
  }
  return rank;
}

/** The indices of the largest values, in order. */
function largest(values: Float32Array, count: number): number[] {
  const best: number[] = [];
  if (count === 0) return best;
  for (let i = 0; i < values.length; i++) {
    if (best.length === count && values[i] <= values[best[count - 1]]) continue;
    let at = best.length;
    while (at > 0 && values[best[at - 1]] < values[i]) at--;
    best.splice(at, 0, i);
    if (best.length > count) best.pop();
  }
  return best;
}
