import type { HeadlessDecoderConfig } from '../../encoder/config/headless-decoder-config.js';
import type { Weights } from '../../model/weights.js';
import { attentionAttributes } from '../attention/attention-attributes.js';
import { AttentionProjections } from '../decoder/attention-projections.js';
import { DecoderBlocks } from '../decoder/decoder-blocks.js';
import { DecoderLayers } from '../decoder/decoder-layers.js';
import { FeedForward } from '../decoder/feed-forward.js';
import { RotaryEmbedding } from '../decoder/rotary-embedding.js';
import { EMBEDDING, FINAL_NORM } from '../decoder/tensor-names.js';
import type { ExternalDataFile } from '../external-data-file.js';
import { DATA_TYPE } from '../data-types.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { LinearLayers, MatrixPart } from '../linear/linear-layers.js';
import type { Precision } from '../quantization/precision.js';
import { EncoderAttention } from './encoder-attention.js';
import { ENCODER_GRAPH } from './encoder-interface.js';

interface HeadlessDecoderParts {
  graph: GraphBuilder;
  config: HeadlessDecoderConfig;
  linear: LinearLayers;
  weights: Weights;
  data: ExternalDataFile;
}

interface HeadlessDecoderOptions {
  precision: Exclude<Precision, 'int4'>;
  /** The longest text, in tokens. */
  maxTokens: number;
  /** `[hiddenSize, hiddenSize]`: makes the vectors of a rotated residual stream those of the model. */
  restoring?: Float32Array;
  onLayer: (layers: number) => void;
}

/** Adds a decoder without output projection to a graph: the layers that generate, in a pass that has no past and keeps none. */
export function addHeadlessDecoder(
  { graph, config, linear, weights, data }: HeadlessDecoderParts,
  { precision, maxTokens, restoring, onLayer }: HeadlessDecoderOptions,
): void {
  const { vocabSize, hiddenSize, embeddingScale } = config;
  const isRotated = restoring !== undefined;
  const options = { precision, prefillPrecision: precision, outputPrecision: precision, isRotated };
  const layers = new DecoderLayers(graph, config, weights, linear, options);
  const attention = new PackedAttention(graph, config, { layers, data, maxTokens });
  const blocks = new DecoderBlocks(graph, config, {
    layers,
    attention,
    feedForward: new FeedForward(graph, config, layers),
  });
  const embedding = {
    name: EMBEDDING,
    parts: [[EMBEDDING, vocabSize] as MatrixPart],
    columns: hiddenSize,
    scale: embeddingScale,
  };
  const embedded = linear.gather(precision, ENCODER_GRAPH.inputIds, embedding);
  const residual = blocks.apply(
    graph.shaped(embedded, 'float32', ['tokens', hiddenSize]),
    { from: 0, to: config.layers },
    onLayer,
  );
  if (!isRotated) {
    layers.norm(residual, FINAL_NORM, hiddenSize, ENCODER_GRAPH.hidden);
    return;
  }
  const matrix = graph.external('restoring', 'float32', [hiddenSize, hiddenSize], data.append(restoring));
  const inputs = [layers.norm(residual, FINAL_NORM, hiddenSize), matrix];
  graph.node('Gemm', inputs, { attributes: { transB: 1 } }, ENCODER_GRAPH.hidden);
}

/** Attention of texts among themselves, whose tokens lie one after the other. */
class PackedAttention {
  private readonly projections: AttentionProjections;
  private readonly attention: EncoderAttention;
  private readonly packedRows: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: HeadlessDecoderConfig,
    { layers, data, maxTokens }: { layers: DecoderLayers; data: ExternalDataFile; maxTokens: number },
  ) {
    const { heads, kvHeads, headDim } = config;
    const second = graph.constant('second_axis', BigInt64Array.of(1n), [1]);
    const positions = graph.node('Cast', [ENCODER_GRAPH.positionIds], { attributes: { to: DATA_TYPE.int64 } });
    const positionIds = graph.node('Unsqueeze', [positions, second]);
    const rotary = new RotaryEmbedding(graph, config, data, { contextLength: maxTokens, positionIds });
    // Each token as a sequence: `RotaryEmbedding` takes none that is longer than its tables, and all texts together may be.
    const any = graph.constant('shape_any', BigInt64Array.of(-1n), [1]);
    const batchShape = graph.node('Concat', [graph.node('Shape', [positionIds]), any], { attributes: { axis: 0 } });
    this.projections = new AttentionProjections(graph, config, { layers, rotary, batchShape });
    this.attention = new EncoderAttention(graph, { heads, kvHeads, headDim });
    const width = BigInt((heads + 2 * kvHeads) * headDim);
    this.packedRows = graph.constant('shape_packed_rows', BigInt64Array.of(-1n, width), [2]);
  }

  /** @param input `[N, hiddenSize]`, as the result */
  apply(layer: number, prefix: string, input: string): string {
    const { graph, config, projections } = this;
    const { query, key, value } = projections.inputs(layer, prefix, input);
    const packed = graph.node('Concat', [query, key, value], { attributes: { axis: -1 } });
    const attributes = { ...attentionAttributes(config, layer), causal: Number(config.isCausal) };
    const qkv = graph.node('Reshape', [packed, this.packedRows]);
    return projections.output(prefix, this.attention.apply(qkv, { attributes }));
  }
}
