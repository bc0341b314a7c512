import { modelUnsupported } from '../errors/engine.errors.js';
import type { ConfigReader } from './config-reader.js';

/** The angles of the rotary position embedding as a function of positions. */
export interface RopeConfig {
  theta: number;
  scaling: RopeScaling;
}

type RopeScaling =
  | { type: 'default' }
  /** Positions are divided by the factor. */
  | { type: 'linear'; factor: number }
  /** Llama 3.1: slow frequencies are divided by the factor, fast ones kept, those between blended. */
  | {
      type: 'llama3';
      factor: number;
      lowFreqFactor: number;
      highFreqFactor: number;
      /** The longest sequence of the first training, in tokens. */
      originalMaxPositions: number;
    };

/**
 * Reads `rope_theta` and `rope_scaling`, or `rope_parameters`, which newer files have in their place. Where a file has both,
 * `rope_scaling` wins, as in transformers.
 * @throws `model_unsupported` naming a type of scaling that the engine does not have
 */
export function readRope(config: ConfigReader): RopeConfig {
  const newer = config.section('rope_parameters');
  const parameters = config.value('rope_scaling') === undefined ? newer : config.section('rope_scaling');
  const theta = ([parameters, newer].find((place) => place.value('rope_theta') !== undefined) ?? config).positive(
    'rope_theta',
    10_000,
  );
  parameters.expect('partial_rotary_factor', 1);
  config.expect('partial_rotary_factor', 1);
  const type = parameters.value('rope_type') ?? parameters.value('type') ?? 'default';
  switch (type) {
    case 'default':
      return { theta, scaling: { type: 'default' } };
    case 'linear':
      return { theta, scaling: { type: 'linear', factor: parameters.positive('factor') } };
    case 'llama3':
      return {
        theta,
        scaling: {
          type: 'llama3',
          factor: parameters.positive('factor'),
          lowFreqFactor: parameters.positive('low_freq_factor'),
          highFreqFactor: parameters.positive('high_freq_factor'),
          originalMaxPositions: parameters.size('original_max_position_embeddings'),
        },
      };
    default:
      throw modelUnsupported(
        `${parameters.path}: rope type ${JSON.stringify(type)} is not supported; supported are default, linear and llama3.`,
      );
  }
}

/**
 * The angle, in radians, that a pair of elements turns by from one position to the next: `[headDim / 2]`.
 * `theta^(-2i / headDim)` (RoFormer, https://arxiv.org/abs/2104.09864, eq. 15), scaled as the model asks (llama3:
 * https://github.com/meta-llama/llama-models, `apply_scaling`).
 */
export function rotaryFrequencies({ theta, scaling }: RopeConfig, headDim: number): Float64Array {
  const frequencies = Float64Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
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
  }
}
