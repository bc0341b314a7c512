import type { ConfigReader } from '../config-reader.js';
import type { RopeConfig } from '../rope-config.js';
import { readRope } from '../rope/read-rope.js';
import type { CommonConfig, FamilyTraits } from './family.js';

/** Names of `hidden_act` that the graph has. */
const ACTIVATIONS = { silu: 'silu', gelu_pytorch_tanh: 'gelu_tanh' } as const;

/** Reads the activation of the MLP from the field `name`. */
export function readActivation(config: ConfigReader, name = 'hidden_act'): FamilyTraits['activation'] {
  const given = config.oneOf(name, Object.keys(ACTIVATIONS) as (keyof typeof ACTIVATIONS)[], 'silu');
  return ACTIVATIONS[given];
}

/** Biases of all projections of attention, and of all of the MLP, as the configuration says. */
export function readBiases(config: ConfigReader): FamilyTraits['biases'] {
  const attention = config.flag('attention_bias');
  return { qkv: attention, output: attention, mlp: config.flag('mlp_bias') };
}

/** The same value for each layer. */
export function everyLayer<T>({ layers }: CommonConfig, value: T): T[] {
  return Array.from({ length: layers }, () => value);
}

/**
 * Llama (https://arxiv.org/abs/2302.13971), from which the other families differ in some traits.
 * @param rope that of all layers, where it is not Llama's
 */
export function llamaTraits(
  config: ConfigReader,
  common: CommonConfig,
  rope: RopeConfig = readRope(config, common),
): FamilyTraits {
  return {
    tieWordEmbeddings: config.flag('tie_word_embeddings'),
    biases: readBiases(config),
    fusedProjections: false,
    blockNorms: 'input',
    queryKeyNorm: 'none',
    normOffset: 0,
    activation: readActivation(config),
    ropes: everyLayer(common, rope),
    windows: everyLayer(common, undefined),
    scoreScale: 1 / Math.sqrt(common.headDim),
    embeddingScale: 1,
    residualScale: 1,
    logitScale: 1,
  };
}
