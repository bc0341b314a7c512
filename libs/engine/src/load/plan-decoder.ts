import { buildDecoderGraph, GRAPH_VERSION } from '../graph/decoder/decoder-graph.js';
import { EMBEDDING, HEAD } from '../graph/decoder/tensor-names.js';
import type { GraphOptions } from '../graph/graph-options.js';
import { rotateResidual } from '../graph/rotation/rotated-weights.js';
import type { ModelConfig } from '../model/model-config.js';
import type { Weights } from '../model/weights.js';
import type { GraphPlan } from './open-graph.js';

interface DecoderPlanOptions {
  config: ModelConfig;
  options: Omit<GraphOptions, 'externalDataName' | 'isRotated'>;
  /** Called while the graph is built, with how many layers are of how many. */
  onLayer?: (layers: number, of: number) => void;
}

/** The plan of a decoder's graph. */
export function planDecoder(weights: Weights, { config: declared, options, onLayer }: DecoderPlanOptions): GraphPlan {
  const warnings: string[] = [];
  const config = withOwnHead(declared, weights, warnings);
  const onBuilt = (layers: number): void => onLayer?.(layers, config.layers);
  // What is computed with other precisions as well would have two forms of one stream.
  const isInt8 = [options.precision, options.prefillPrecision, options.outputPrecision].every((p) => p === 'int8');
  return {
    settings: { version: GRAPH_VERSION, config, options },
    build: (data, externalDataName) => {
      const { isRotated, ...built } = isInt8 ? rotateResidual(config, weights) : { config, weights, isRotated: false };
      const graphOptions = { ...options, isRotated, externalDataName };
      return buildDecoderGraph(built.config, built.weights, data, graphOptions, onBuilt);
    },
    warnings,
  };
}

/** A head that is stored and is not the embedding is the head, whatever the configuration says. */
function withOwnHead(config: ModelConfig, weights: Weights, warnings: string[]): ModelConfig {
  const isOwn =
    config.tieWordEmbeddings && weights.has(HEAD) && weights.has(EMBEDDING) && !weights.areEqual(HEAD, EMBEDDING);
  if (!isOwn) return config;
  warnings.push(`config.json says "tie_word_embeddings", but ${HEAD} is not ${EMBEDDING}: it is used.`);
  return { ...config, tieWordEmbeddings: false };
}
