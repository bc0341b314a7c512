import type { AnyEncoderConfig } from '../../encoder/config/headless-decoder-config.js';
import { encoderFamily } from '../../encoder/families/encoder-families.js';
import { prefixedNames } from '../../encoder/families/prefixed-names.js';
import type { Weights } from '../../model/weights.js';
import type { ExternalDataFile } from '../external-data-file.js';
import { GraphBuilder } from '../graph-builder.js';
import { LinearLayers } from '../linear/linear-layers.js';
import type { Precision } from '../quantization/precision.js';
import { addBert } from './bert.js';
import { ENCODER_GRAPH } from './encoder-interface.js';
import { EncoderLayers } from './encoder-layers.js';
import { addHeadlessDecoder } from './headless-decoder.js';
import { addModernBert } from './modern-bert.js';

/** The version of what this file and those it imports build; a change of any number in the graph raises it. */
export const ENCODER_GRAPH_VERSION = 2;

/** Inputs of an encoder's graph beside the model. */
export interface EncoderGraphOptions {
  precision: Exclude<Precision, 'int4'>;
  /** The largest magnitude of an int8 weight. */
  maxWeight: number;
  /** The longest text, in tokens. */
  maxTokens: number;
  /** The data file's name, relative to the graph's folder. */
  externalDataName: string;
}

/** The tensors of an encoder. */
interface EncoderTensors {
  /** The prefix of their names; decoders have all the same. */
  prefix: string;
  weights: Weights;
  /** See `addHeadlessDecoder`. */
  restoring?: Float32Array;
}

/**
 * Builds an encoder as an ONNX graph, whose output is a vector for each token, and writes its weights to `data`.
 * @param onLayer called when so many layers are built
 * @returns the `onnx.ModelProto`
 * @throws `model_invalid` or `model_unsupported`, naming the tensor
 */
export function buildEncoderGraph(
  config: AnyEncoderConfig,
  { prefix, weights, restoring }: EncoderTensors,
  data: ExternalDataFile,
  { precision, maxWeight, maxTokens, externalDataName }: EncoderGraphOptions,
  onLayer: (layers: number) => void = () => {},
): Uint8Array {
  const graph = new GraphBuilder(config.architecture, externalDataName);
  const { inputIds, positionIds, typeIds, paddedTokens, tokenPlaces, lastPositions, paddedLength, hidden } =
    ENCODER_GRAPH;
  for (const name of [inputIds, positionIds, typeIds, tokenPlaces]) graph.input(name, 'int32', ['N']);
  graph.input(paddedTokens, 'int32', ['B', 'S']);
  graph.input(lastPositions, 'int32', ['B']);
  graph.input(paddedLength, 'int32', []);
  const linear = new LinearLayers(graph, weights, data, maxWeight);
  if (precision === 'int8') linear.prepareInt8({ tokens: inputIds });
  if (config.family === 'decoder') {
    addHeadlessDecoder({ graph, config, linear, weights, data }, { precision, maxTokens, restoring, onLayer });
  } else {
    const layers = new EncoderLayers(graph, config, { weights, linear, precision });
    const parts = { graph, config, linear, layers, weights };
    const { names } = encoderFamily(config.family);
    if (names === undefined) addModernBert(parts, prefix, { data, precision, onLayer });
    else addBert(parts, prefixedNames(names, prefix), { precision, onLayer });
  }
  graph.output(hidden, 'float32', ['N', config.hiddenSize]);
  weights.assertAllRead();
  return graph.build();
}
