import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { ConfigReader } from '../config-reader.js';
import type { RopeConfig, RopeScaling } from '../rope-config.js';
import { readLongrope, readYarn } from './long-context-scaling.js';

/** Sizes of the model that its rotary embedding depends on. */
interface RopeSizes {
  headDim: number;
  maxPositions: number;
}

/**
 * Reads `rope_theta` and `rope_scaling`, or `rope_parameters`, which newer files have in their place. Where a file has both,
 * `rope_scaling` wins, as in transformers.
 * @param rotation `partial` where the family may rotate a part of each head alone
 * @throws `model_unsupported` naming a type of scaling that the engine does not have
 */
export function readRope(
  config: ConfigReader,
  { headDim, maxPositions }: RopeSizes,
  rotation: 'whole' | 'partial' = 'whole',
): RopeConfig {
  const newer = config.section('rope_parameters');
  // Parameters by type of layer, which only some families have: without this, they would not be seen.
  newer.refuse('full_attention');
  const parameters = config.value('rope_scaling') === undefined ? newer : config.section('rope_scaling');
  const placeOf = (name: string): ConfigReader =>
    [parameters, newer].find((place) => place.value(name) !== undefined) ?? config;
  if (rotation === 'whole') placeOf('partial_rotary_factor').expect('partial_rotary_factor', 1);
  const share = placeOf('partial_rotary_factor').positive('partial_rotary_factor', 1);
  const dimensions = Math.floor(headDim * share);
  if (share > 1 || dimensions % 2 !== 0) {
    throw modelInvalid(
      `${config.path}: "partial_rotary_factor" (${share}) makes ${dimensions} of ${headDim} elements, which must be an even number of them.`,
    );
  }
  return {
    theta: placeOf('rope_theta').positive('rope_theta', 10_000),
    dimensions,
    scaling: readRopeScaling(parameters, {
      dimensions,
      maxPositions,
      // Phi-3 has it beside the parameters, and there it wins.
      originalMaxPositions: config.optionalSize('original_max_position_embeddings'),
    }),
  };
}

/**
 * Reads what `rope_scaling`, or the section of newer files in its place, says beside `rope_theta`.
 * @throws `model_unsupported` naming a type of scaling that the engine does not have
 */
export function readRopeScaling(
  parameters: ConfigReader,
  sizes: { dimensions: number; maxPositions: number; originalMaxPositions?: number },
): RopeScaling {
  const type = parameters.value('rope_type') ?? parameters.value('type') ?? 'default';
  const originalMaxPositions = (): number =>
    sizes.originalMaxPositions ?? parameters.size('original_max_position_embeddings', sizes.maxPositions);
  // The first files of Phi-3 call it "su" or "yarn".
  if (type === 'longrope' || parameters.value('short_factor') !== undefined) {
    return readLongrope(parameters, { ...sizes, originalMaxPositions: originalMaxPositions() });
  }
  switch (type) {
    case 'default':
      return { type: 'default' };
    case 'linear':
      return { type: 'linear', factor: parameters.positive('factor') };
    case 'llama3':
      return {
        type: 'llama3',
        factor: parameters.positive('factor'),
        lowFreqFactor: parameters.positive('low_freq_factor'),
        highFreqFactor: parameters.positive('high_freq_factor'),
        originalMaxPositions: originalMaxPositions(),
      };
    case 'yarn':
      return readYarn(parameters, { ...sizes, originalMaxPositions: originalMaxPositions() });
    default:
      throw modelUnsupported(
        `${parameters.path}: rope type ${JSON.stringify(type)} is not supported; supported are default, linear, llama3, yarn and longrope.`,
      );
  }
}
