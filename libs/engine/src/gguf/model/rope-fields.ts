import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { GgufModel } from '../file/gguf-model.js';
import type { ArchitectureKeys } from './architecture-keys.js';

/** The fields of `config.json` that describe the rotary embedding. */
export function ropeFields(model: GgufModel, keys: ArchitectureKeys, headDim: number): Record<string, unknown> {
  const rotated = keys.optionalSize('rope.dimension_count') ?? headDim;
  if (rotated > headDim || rotated % 2 !== 0) {
    throw modelInvalid(
      `${keys.path}: "${keys.architecture}.rope.dimension_count" (${rotated}) must be an even number of the ${headDim} elements of a head. Take another file of this model.`,
    );
  }
  if (rotated < headDim && keys.architecture !== 'phi3') {
    throw modelUnsupported(
      `${keys.path}: "${keys.architecture}.rope.dimension_count" (${rotated}) rotates a part of the ${headDim} elements of a head, which is not supported for this architecture.`,
    );
  }
  const scaling = scalingFields(model, keys, rotated);
  return {
    rope_theta: keys.optionalPositive('rope.freq_base'),
    // Gemma 3; files of other writers have the second name, which is that of the older config.json.
    rope_local_base_freq: keys.optionalPositive('rope.freq_base_swa') ?? keys.optionalPositive('rope.local.freq_base'),
    // The reader rounds down; in the middle between two numbers, rounding errors do not count.
    partial_rotary_factor: rotated === headDim ? 1 : (rotated + 0.5) / headDim,
    original_max_position_embeddings: scaling?.original_max_position_embeddings,
    rope_scaling: scaling,
  };
}

function scalingFields(model: GgufModel, keys: ArchitectureKeys, rotated: number): Record<string, unknown> | undefined {
  const original = keys.optionalSize('rope.scaling.original_context_length');
  const factors = (name: string): number[] | undefined => readFactors(model, name, rotated / 2);
  const short = factors('rope_factors_short.weight');
  const long = factors('rope_factors_long.weight');
  if (short && long) {
    return {
      rope_type: 'longrope',
      short_factor: short,
      long_factor: long,
      original_max_position_embeddings: original,
      attention_factor: keys.optionalPositive('rope.scaling.attn_factor'),
    };
  }
  const divisors = factors('rope_freqs.weight');
  if (divisors) {
    // Llama 3's scaling is stored as the divisors that it makes of its parameters: longrope with one choice.
    const context = keys.size('context_length');
    return {
      rope_type: 'longrope',
      short_factor: divisors,
      long_factor: divisors,
      original_max_position_embeddings: context,
    };
  }
  return typedScaling(keys, original);
}

/** Scaling by `rope.scaling.type`, or by the key of old files. */
function typedScaling(keys: ArchitectureKeys, original: number | undefined): Record<string, unknown> | undefined {
  const old = keys.optionalPositive('rope.scale_linear');
  const type = keys.string('rope.scaling.type') ?? (old === undefined ? 'none' : 'linear');
  const factor = keys.optionalPositive('rope.scaling.factor') ?? old;
  switch (type) {
    case 'none':
      return undefined;
    case 'linear':
      return factor === undefined ? undefined : { rope_type: 'linear', factor };
    case 'yarn':
      return {
        rope_type: 'yarn',
        factor,
        original_max_position_embeddings: original,
        beta_fast: keys.optionalPositive('rope.scaling.yarn_beta_fast'),
        beta_slow: keys.optionalPositive('rope.scaling.yarn_beta_slow'),
        attention_factor: yarnAttentionFactor(keys, factor),
      };
    default:
      throw modelUnsupported(
        `${keys.path}: "${keys.architecture}.rope.scaling.type" ${JSON.stringify(type)} is not supported; supported are none, linear, yarn and longrope with its factors.`,
      );
  }
}

/** llama.cpp multiplies its factor by that of the paper, 0.1 ln(factor) + 1; `undefined` for that alone. */
function yarnAttentionFactor(keys: ArchitectureKeys, factor = 1): number | undefined {
  const own =
    keys.optionalPositive('rope.scaling.attn_factor') ?? keys.optionalPositive('rope.scaling.yarn_attn_factor');
  return own === undefined ? undefined : own * (0.1 * Math.log(Math.max(1, factor)) + 1);
}

/** Reads a tensor of divisors of frequencies. */
function readFactors({ tensors }: GgufModel, name: string, count: number): number[] | undefined {
  const tensor = tensors.get(name);
  if (!tensor) return undefined;
  const { file, type, shape, begin, byteLength } = tensor;
  if (type.name !== 'F32' || shape.length !== 1 || shape[0] !== count) {
    throw modelInvalid(
      `${file.path}: tensor "${name}" must be F32 with shape [${count}], not ${type.name} with shape [${shape}]. Take another file of this model.`,
    );
  }
  return [...new Float32Array(file.read(begin, byteLength).buffer)];
}
