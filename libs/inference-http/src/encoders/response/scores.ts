import { type EncoderResult, scoresOf } from '@frontier/inference';

/** The scores of each input, in the order of the labels; or its logits. */
export function inputScores({ values, info }: EncoderResult, areLogits: boolean): number[][] {
  return values.map((logits) => (areLogits ? [...logits] : scoresOf(logits, info)));
}

/** The score of each pair of a reranker; or its logit. */
export function pairScores(result: EncoderResult, areLogits: boolean): number[] {
  return inputScores(result, areLogits).map(([score]) => score);
}

/** The indexes of scores, the best first; of equal ones the first. */
export function ranked(scores: readonly number[]): number[] {
  return [...scores.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
}
