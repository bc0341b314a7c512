import type { OutputConstraint } from '../grammar/output-constraint.js';
import type { SamplingState } from './sampling-state.js';

/** The index of the largest value, the lowest of equals. */
export function argmaxOf(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** True if bias, penalties or the minimum length change the logits of the next token. */
export function isAdjusted(state: SamplingState): boolean {
  const { params } = state;
  return (
    isTooShort(state) ||
    countsMatter(state) ||
    params.repetitionPenalty !== 1 ||
    params.logitBias.size > 0 ||
    params.allowedTokenIds !== undefined
  );
}

/** Applies penalties, bias, the minimum length and the allowed tokens of a request. */
export function adjustLogits(logits: Float32Array, state: SamplingState): void {
  const { params } = state;
  if (params.repetitionPenalty !== 1) penaliseRepetition(logits, state);
  if (countsMatter(state)) {
    for (const [token, count] of state.counts) {
      logits[token] -= params.frequencyPenalty * count + params.presencePenalty;
    }
  }
  for (const [token, bias] of params.logitBias) logits[token] += bias;
  if (isTooShort(state)) for (const token of state.endTokens) logits[token] = -Infinity;
  if (params.allowedTokenIds) keepOnly(logits, params.allowedTokenIds);
}

/** Forbids what a grammar forbids. Tokens that end the text are allowed where it may end, and only there. */
export function keepGrammatical(
  logits: Float32Array,
  constraint: OutputConstraint,
  endTokens: ReadonlySet<number>,
): void {
  const ends = [...endTokens].filter((token) => token < logits.length).map((token) => [token, logits[token]]);
  constraint.mask(logits);
  for (const [token, logit] of ends) logits[token] = constraint.canEnd ? logit : -Infinity;
}

function isTooShort({ params, generated, endTokens }: SamplingState): boolean {
  return generated < params.minNewTokens && endTokens.size > 0;
}

function countsMatter({ params, counts }: SamplingState): boolean {
  return (params.frequencyPenalty !== 0 || params.presencePenalty !== 0) && counts.size > 0;
}

function keepOnly(logits: Float32Array, tokens: readonly number[]): void {
  const kept = tokens.map((token) => logits[token]);
  logits.fill(-Infinity);
  for (const [i, token] of tokens.entries()) logits[token] = kept[i];
}

/** CTRL's penalty (https://arxiv.org/abs/1909.05858, section 4.1) over prompt and output, once per token. */
function penaliseRepetition(logits: Float32Array, { params, seen }: SamplingState): void {
  for (const token of seen) {
    const logit = logits[token];
    logits[token] = logit > 0 ? logit / params.repetitionPenalty : logit * params.repetitionPenalty;
  }
}
