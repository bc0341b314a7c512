import type { RopeConfig, RopeScaling } from '../../model/rope-config.js';

/**
 * The angle, in radians, that a pair of elements turns by from one position to the next: `[dimensions / 2]`.
 * `theta^(-2i / dimensions)` (RoFormer, https://arxiv.org/abs/2104.09864, eq. 15), scaled as the model asks (llama3:
 * https://github.com/meta-llama/llama-models, `apply_scaling`; yarn: https://arxiv.org/abs/2309.00071, section 3.2).
 *
 * @param contextLength the longest sequence of the engine: longrope's factors are chosen by it for all sequences, since a choice
 * by a sequence's own length would turn keys that are cached already, and let an output depend on when it is asked for more
 */
export function rotaryFrequencies({ theta, dimensions, scaling }: RopeConfig, contextLength: number): Float64Array {
  const frequencies = Float64Array.from({ length: dimensions / 2 }, (_, i) => theta ** ((-2 * i) / dimensions));
  switch (scaling.type) {
    case 'default':
      return frequencies;
    case 'linear':
      return frequencies.map((frequency) => frequency / scaling.factor);
    case 'llama3': {
      const { factor, lowFreqFactor, highFreqFactor, originalMaxPositions } = scaling;
      return frequencies.map((frequency) => {
        const turns = (originalMaxPositions * frequency) / (2 * Math.PI);
        const share = Math.min(1, Math.max(0, (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor)));
        return share * frequency + (1 - share) * (frequency / factor);
      });
    }
    case 'yarn':
      return yarn(frequencies, theta, scaling);
    case 'longrope': {
      const { shortFactors, longFactors, originalMaxPositions } = scaling;
      const factors = contextLength <= originalMaxPositions ? shortFactors : longFactors;
      return frequencies.map((frequency, i) => frequency / factors[i]);
    }
  }
}

function yarn(
  frequencies: Float64Array,
  theta: number,
  { factor, betaFast, betaSlow, originalMaxPositions, truncate }: Extract<RopeScaling, { type: 'yarn' }>,
): Float64Array {
  const dimensions = 2 * frequencies.length;
  const pairThatTurns = (times: number): number =>
    (dimensions * Math.log(originalMaxPositions / (times * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [pairThatTurns(betaFast), pairThatTurns(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, dimensions - 1);
  // As in transformers, a blend over no pairs is one over a thousandth of a pair.
  const width = low === high ? 0.001 : high - low;
  return frequencies.map((frequency, i) => {
    const slow = Math.min(1, Math.max(0, (i - low) / width));
    return frequency * (1 - slow) + (frequency / factor) * slow;
  });
}
