import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { EncoderNames } from '../../encoder/families/encoder-family.js';
import type { Weights } from '../../model/weights.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { LinearLayers, MatrixPart } from '../linear/linear-layers.js';
import type { Precision } from '../quantization/precision.js';
import { EncoderAttention } from './encoder-attention.js';
import { ENCODER_GRAPH } from './encoder-interface.js';
import type { EncoderLayers } from './encoder-layers.js';
import { biasesByDistance } from './relative-bias.js';
import { scoreBias } from './score-bias.js';

/** The parts that the builders of encoders share. */
export interface EncoderParts {
  graph: GraphBuilder;
  config: EncoderConfig;
  linear: LinearLayers;
  layers: EncoderLayers;
  weights: Weights;
}

/** Adds BERT or one of its descendants to a graph: each part of a layer is added to its input and normalised behind it. */
export function addBert(
  parts: EncoderParts,
  names: EncoderNames,
  { precision, onLayer }: { precision: Exclude<Precision, 'int4'>; onLayer: (layers: number) => void },
): void {
  const { graph, config, layers } = parts;
  const attention = new EncoderAttention(graph, { ...config, kvHeads: config.heads });
  const bias = relativeBias(parts, names);
  let residual = embed(parts, names, precision);
  for (let layer = 0; layer < config.layers; layer++) {
    const output = layer === config.layers - 1 ? ENCODER_GRAPH.hidden : undefined;
    const tensors = names.layer(layer);
    const attended = attention.apply(layers.attentionInputs(layer, tensors, residual), { bias });
    const projected = layers.project(attended, [tensors.output, config.hiddenSize], config.hiddenSize);
    const normed = layers.addAndNorm(residual, projected, tensors.attentionNorm);
    residual = layers.addAndNorm(normed, layers.feedForward(tensors, normed), tensors.outputNorm, output);
    onLayer(layer + 1);
  }
}

/** Biases of attention scores by distance, where the family has them. */
function relativeBias({ graph, config, weights }: EncoderParts, names: EncoderNames): string | undefined {
  if (names.relativeBias === undefined) return undefined;
  const { relativeBuckets, heads, maxPositions } = config;
  const table = weights.read(names.relativeBias, [relativeBuckets, heads]);
  return scoreBias(graph, 'relative_bias', { biases: biasesByDistance(table, heads, maxPositions), heads });
}

/** The sum of the vectors of a token, of its place and of its type, normalised: `[N, hiddenSize]`. */
function embed(
  { graph, config, linear, layers }: EncoderParts,
  names: EncoderNames,
  precision: Exclude<Precision, 'int4'>,
): string {
  const { vocabSize, hiddenSize, positions, typeVocabSize } = config;
  const table = (name: string, rows: number) => ({
    name,
    parts: [[name, rows] as MatrixPart],
    columns: hiddenSize,
  });
  let sum = linear.gather(precision, ENCODER_GRAPH.inputIds, table(names.words, vocabSize));
  if (names.types !== undefined) {
    const types = linear.gather('fp32', ENCODER_GRAPH.typeIds, table(names.types, typeVocabSize));
    sum = graph.node('Add', [sum, types]);
  }
  const { offset, rows } = positions!;
  const places = graph.node('Add', [
    ENCODER_GRAPH.positionIds,
    graph.constant('position_offset', Int32Array.of(offset), []),
  ]);
  sum = graph.node('Add', [sum, linear.gather('fp32', places, table(names.positions, rows))]);
  return layers.norm(sum, names.norm);
}
