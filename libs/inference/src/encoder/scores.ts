import type { EncoderModelInfo } from '@frontier/engine';

/** Properties of a classification head. */
type Head = Pick<EncoderModelInfo, 'activation' | 'multiLabel'>;

/**
 * The scores of logits: by the model's own activation; without one, `sigmoid` of each where labels do not exclude each other or there
 * is one, else `softmax`.
 */
export function scoresOf(logits: Float32Array, { activation, multiLabel }: Head): number[] {
  const isSingle = logits.length === 1 || multiLabel === true;
  switch (activation ?? (isSingle ? 'sigmoid' : 'softmax')) {
    case 'identity':
      return [...logits];
    case 'sigmoid':
      return Array.from(logits, sigmoid);
    case 'softmax':
      return softmax(logits);
  }
}

/** Without the overflow of `exp` at either end. */
function sigmoid(logit: number): number {
  if (logit >= 0) return 1 / (1 + Math.exp(-logit));
  const power = Math.exp(logit);
  return power / (1 + power);
}

/** The largest logit is subtracted, so that no power overflows. */
function softmax(logits: Float32Array): number[] {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
