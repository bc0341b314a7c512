import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { EncoderNames } from '../../encoder/families/encoder-family.js';
import type { Weights } from '../../model/weights.js';
import type { ExternalDataFile } from '../external-data-file.js';
import { GraphBuilder } from '../graph-builder.js';
import { LinearLayers, type MatrixPart } from '../linear-layers.js';
import type { Precision } from '../quantization/precision.js';
import { EncoderAttention } from './encoder-attention.js';
import { ENCODER_GRAPH } from './encoder-interface.js';
import { EncoderLayers } from './encoder-layers.js';
import { biasesByDistance } from './relative-bias.js';

/** The version of what this file and those it imports build; a change of any number in the graph raises it. */
export const ENCODER_GRAPH_VERSION = 1;

/** Inputs of an encoder's graph beside the model. */
export interface EncoderGraphOptions {
  precision: Exclude<Precision, 'int4'>;
  /** The largest magnitude of an int8 weight. */
  maxWeight: number;
  /** The data file's name, relative to the graph's folder. */
  externalDataName: string;
}

/**
 * Builds an encoder as an ONNX graph, whose output is a vector for each token, and writes its weights to `data`.
 * @param names those of its tensors, prefix included
 * @param onLayer called when so many layers are built
 * @returns the `onnx.ModelProto`
 * @throws `model_invalid` or `model_unsupported`, naming the tensor
 */
export function buildEncoderGraph(
  config: EncoderConfig,
  { names, weights }: { names: EncoderNames; weights: Weights },
  data: ExternalDataFile,
  options: EncoderGraphOptions,
  onLayer: (layers: number) => void = () => {},
): Uint8Array {
  const graph = new GraphBuilder(config.architecture, options.externalDataName);
  const { inputIds, positionIds, typeIds, paddedTokens, tokenPlaces, lastPositions, paddedLength, hidden } =
    ENCODER_GRAPH;
  for (const name of [inputIds, positionIds, typeIds, tokenPlaces]) graph.input(name, 'int32', ['N']);
  graph.input(paddedTokens, 'int32', ['B', 'S']);
  graph.input(lastPositions, 'int32', ['B']);
  graph.input(paddedLength, 'int32', []);
  const linear = new LinearLayers(graph, weights, data, options.maxWeight);
  if (options.precision === 'int8') linear.prepareInt8({ tokens: inputIds });
  const layers = new EncoderLayers(graph, config, { weights, linear, precision: options.precision });
  const attention = new EncoderAttention(graph, config, layers, relativeBias(config, names, weights));

  let residual = embed(graph, config, { names, linear, layers, precision: options.precision });
  for (let layer = 0; layer < config.layers; layer++) {
    const output = layer === config.layers - 1 ? hidden : undefined;
    const tensors = names.layer(layer);
    const attended = attention.apply(layer, tensors, residual);
    const normed = layers.addAndNorm(residual, attended, tensors.attentionNorm);
    residual = layers.addAndNorm(normed, layers.feedForward(tensors, normed), tensors.outputNorm, output);
    onLayer(layer + 1);
  }
  graph.output(hidden, 'float32', ['N', config.hiddenSize]);
  weights.assertAllRead();
  return graph.build();
}

/** Biases of attention scores by distance, where the family has them. */
function relativeBias(
  { relativeBuckets, heads, maxPositions }: EncoderConfig,
  names: EncoderNames,
  weights: Weights,
): Float32Array | undefined {
  if (names.relativeBias === undefined) return undefined;
  return biasesByDistance(weights.read(names.relativeBias, [relativeBuckets, heads]), heads, maxPositions);
}

interface EmbeddingParts {
  names: EncoderNames;
  linear: LinearLayers;
  layers: EncoderLayers;
  precision: EncoderGraphOptions['precision'];
}

/** The sum of the vectors of a token, of its place and of its type, normalised: `[N, hiddenSize]`. */
function embed(
  graph: GraphBuilder,
  config: EncoderConfig,
  { names, linear, layers, precision }: EmbeddingParts,
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
  const offset = graph.constant('position_offset', Int32Array.of(positions.offset), []);
  const places = graph.node('Add', [ENCODER_GRAPH.positionIds, offset]);
  sum = graph.node('Add', [sum, linear.gather('fp32', places, table(names.positions, positions.rows))]);
  return layers.norm(sum, names.norm);
}
