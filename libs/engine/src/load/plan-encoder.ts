import type { AnyEncoderConfig } from '../encoder/config/headless-decoder-config.js';
import { encoderFamily } from '../encoder/families/encoder-families.js';
import { storedPrefix } from '../encoder/families/prefixed-names.js';
import { GRAPH_VERSION } from '../graph/decoder/decoder-graph.js';
import { HEAD } from '../graph/decoder/tensor-names.js';
import { buildEncoderGraph, ENCODER_GRAPH_VERSION, type EncoderGraphOptions } from '../graph/encoder/encoder-graph.js';
import { rotateResidual } from '../graph/rotation/rotated-weights.js';
import type { Weights } from '../model/weights.js';
import type { GraphPlan } from './open-graph.js';

interface EncoderPlanOptions {
  config: AnyEncoderConfig;
  options: Omit<EncoderGraphOptions, 'externalDataName'>;
  /** Called while the graph is built, with how many layers are of how many. */
  onLayer?: (layers: number, of: number) => void;
}

/** The versions of the code that builds the graph of a model. */
export function encoderVersions({ family }: AnyEncoderConfig): number[] {
  return family === 'decoder' ? [ENCODER_GRAPH_VERSION, GRAPH_VERSION] : [ENCODER_GRAPH_VERSION];
}

/** The plan of the graph of a model that gives vectors. */
export function planEncoder(weights: Weights, { config, options, onLayer }: EncoderPlanOptions): GraphPlan {
  const onBuilt = (layers: number): void => onLayer?.(layers, config.layers);
  const version = encoderVersions(config);
  if (config.family !== 'decoder') {
    const { maxTokens: _, ...settings } = options;
    const family = encoderFamily(config.family);
    weights.ignore(family.ignored);
    const tensors = { prefix: storedPrefix(family, weights), weights };
    return {
      settings: { version, config, options: settings },
      build: (data, externalDataName) =>
        buildEncoderGraph(config, tensors, data, { ...options, externalDataName }, onBuilt),
    };
  }
  weights.ignore(HEAD);
  return {
    settings: { version, config, options },
    build: (data, externalDataName) => {
      const rotated = options.precision === 'int8' ? rotateResidual(config, weights) : undefined;
      const tensors = { prefix: '', weights: rotated?.weights ?? weights, restoring: rotated?.restoring?.() };
      return buildEncoderGraph(config, tensors, data, { ...options, externalDataName }, onBuilt);
    },
  };
}
