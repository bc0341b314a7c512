/** -log softmax(logits)[token], in nats. */
export function negativeLogLikelihood(logits: Float32Array, token: number): number {
  const max = logits.reduce((a, b) => Math.max(a, b));
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - max), 0);
  return max + Math.log(total) - logits[token];
}
