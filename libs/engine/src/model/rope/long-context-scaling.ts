import type { ConfigReader } from '../config-reader.js';
import type { RopeScaling } from '../rope-config.js';

interface Sizes {
  dimensions: number;
  maxPositions: number;
  originalMaxPositions: number;
}

/** Reads the parameters of LongRoPE; without an attention factor it is sqrt(1 + ln(extension) / ln(original)). */
export function readLongrope(
  parameters: ConfigReader,
  { dimensions, maxPositions, originalMaxPositions }: Sizes,
): RopeScaling {
  const extension = parameters.positive('factor', maxPositions / originalMaxPositions);
  const attentionFactor = extension <= 1 ? 1 : Math.sqrt(1 + Math.log(extension) / Math.log(originalMaxPositions));
  return {
    type: 'longrope',
    shortFactors: parameters.positives('short_factor', dimensions / 2),
    longFactors: parameters.positives('long_factor', dimensions / 2),
    originalMaxPositions,
    attentionFactor: parameters.positive('attention_factor', attentionFactor),
  };
}

/** Reads the parameters of YaRN, with the defaults of transformers. */
export function readYarn(parameters: ConfigReader, { maxPositions, originalMaxPositions }: Sizes): RopeScaling {
  const factor = parameters.positive('factor', maxPositions / originalMaxPositions);
  const mscale = (name: string): number =>
    factor <= 1 ? 1 : 0.1 * parameters.positive(name, 1) * Math.log(factor) + 1;
  const hasBoth = ['mscale', 'mscale_all_dim'].every((name) => Boolean(parameters.value(name)));
  return {
    type: 'yarn',
    factor,
    betaFast: parameters.positive('beta_fast', 32),
    betaSlow: parameters.positive('beta_slow', 1),
    originalMaxPositions,
    truncate: parameters.flag('truncate', true),
    attentionFactor: parameters.positive(
      'attention_factor',
      hasBoth ? mscale('mscale') / mscale('mscale_all_dim') : factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1,
    ),
  };
}
