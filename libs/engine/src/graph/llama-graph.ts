import type { ModelConfig } from '../model/model-config.js';
import type { Weights } from '../model/weights.js';
import { Attention } from './attention.js';
import { DecoderLayers } from './decoder-layers.js';
import { GRAPH } from './delta-cache-interface.js';
import type { ExternalDataFile } from './external-data-file.js';
import { GraphBuilder } from './graph-builder.js';
import type { GraphOptions } from './graph-options.js';
import { LinearLayers, type MatrixPart } from './linear-layers.js';

/** The version of what this file and those it imports build; a change of any number in the graph raises it. */
export const GRAPH_VERSION = 6;

/**
 * Builds a decoder of the Llama architecture as an ONNX graph, and writes its weights to `data`. With the cache in host
 * memory it returns only the new keys and values of a pass ("delta cache"). q, k, v and gate, up are stored as one matrix each, since a pass at
 * batch 1 is bound by dispatches as much as by memory.
 *
 * @param onLayer called when so many layers are built
 * @returns the `onnx.ModelProto`
 * @throws `model_invalid` or `model_unsupported`, naming the tensor
 */
export function buildLlamaGraph(
  config: ModelConfig,
  weights: Weights,
  data: ExternalDataFile,
  options: GraphOptions,
  onLayer: (layers: number) => void = () => {},
): Uint8Array {
  return new LlamaGraph(config, weights, data, options, onLayer).build();
}

/** The tensors of the embedding, and of the output projection where that has one of its own. */
export const EMBEDDING = 'model.embed_tokens.weight';
export const HEAD = 'lm_head.weight';

/**
 * One graph under construction. The residual stream is two-dimensional, `[B * S, hiddenSize]`; attention works on
 * `[B, S, ...]`.
 */
class LlamaGraph {
  private readonly graph: GraphBuilder;
  private readonly linear: LinearLayers;
  private readonly layers: DecoderLayers;
  private readonly attention: Attention;
  /** `[B, S, -1]` */
  private readonly batchShape: string;

  constructor(
    private readonly config: ModelConfig,
    private readonly weights: Weights,
    data: ExternalDataFile,
    private readonly options: GraphOptions,
    private readonly onLayer: (layers: number) => void,
  ) {
    const graph = new GraphBuilder(config.architecture, options.externalDataName);
    graph.input(GRAPH.inputIds, 'int32', ['B', 'S']);
    graph.input(GRAPH.positionIds, 'int64', ['B', 'S']);
    graph.input(GRAPH.lastPositions, 'int32', ['B']);
    graph.input(GRAPH.totalLength, 'int32', []);
    const any = graph.constant('shape_any', BigInt64Array.of(-1n), [1]);
    this.batchShape = graph.node('Concat', [graph.node('Shape', [GRAPH.inputIds]), any], { attributes: { axis: 0 } });
    this.graph = graph;
    this.linear = new LinearLayers(graph, weights, data, options.maxWeight);
    const { precision, prefillPrecision, outputPrecision } = options;
    if ([precision, prefillPrecision, outputPrecision].includes('int8')) this.linear.prepareInt8();
    this.layers = new DecoderLayers(graph, config, weights, this.linear, options);
    this.attention = new Attention(graph, config, this.layers, this.batchShape, options);
  }

  build(): Uint8Array {
    const { graph, config, layers } = this;
    let residual = this.embed();
    let normed = layers.norm(residual, 'model.layers.0.input_layernorm.weight', config.hiddenSize);
    for (let layer = 0; layer < config.layers; layer++) {
      const prefix = `model.layers.${layer}.`;
      const attended = this.attention.apply(layer, prefix, normed);
      [normed, residual] = layers.addAndNorm(residual, attended, `${prefix}post_attention_layernorm.weight`);
      const fed = this.feedForward(prefix, normed);
      if (layer < config.layers - 1) {
        [normed, residual] = layers.addAndNorm(residual, fed, `model.layers.${layer + 1}.input_layernorm.weight`);
      } else residual = graph.node('Add', [residual, fed]);
      this.onLayer(layer + 1);
    }
    this.logits(residual);
    this.attention.outputs();
    this.weights.assertAllRead();
    return graph.build();
  }

  private embed(): string {
    const { graph } = this;
    const { vocabSize, hiddenSize } = this.config;
    const matrix = { name: EMBEDDING, parts: [[EMBEDDING, vocabSize] as MatrixPart], columns: hiddenSize };
    const embedded = this.linear.gather(this.options.outputPrecision, GRAPH.inputIds, matrix);
    const rows = graph.constant('shape_hidden_rows', BigInt64Array.of(-1n, BigInt(hiddenSize)), [2]);
    return graph.node('Reshape', [embedded, rows]);
  }

  /** SwiGLU: down(SiLU(gate(x)) * up(x)). */
  private feedForward(prefix: string, input: string): string {
    const { graph, layers } = this;
    const { hiddenSize, intermediateSize, biases } = this.config;
    const parts: MatrixPart[] = [
      [`${prefix}mlp.gate_proj`, intermediateSize],
      [`${prefix}mlp.up_proj`, intermediateSize],
    ];
    const gateAndUp = layers.project(input, { name: `${prefix}gate_up`, parts, columns: hiddenSize }, biases.mlp);
    const [gate, up] = graph.nodes('Split', [gateAndUp], 2, { attributes: { axis: -1, num_outputs: 2 } });
    // x * sigmoid(alpha * x), which is SiLU at alpha = 1.
    const attributes = { alpha: { float: 1 } };
    const activated = graph.node('QuickGelu', [gate], { attributes, domain: 'com.microsoft' });
    const gated = graph.node('Mul', [activated, up]);
    const down = {
      name: `${prefix}down`,
      parts: [[`${prefix}mlp.down_proj`, hiddenSize] as MatrixPart],
      columns: intermediateSize,
    };
    return layers.project(gated, down, biases.mlp);
  }

  private logits(residual: string): void {
    const { graph, linear } = this;
    const { hiddenSize, vocabSize, tieWordEmbeddings } = this.config;
    const hidden = graph.node('Reshape', [residual, this.batchShape]);
    const lastIndex = graph.constant('last_index', BigInt64Array.of(-1n), []);
    const last = graph.node('Gather', [hidden, lastIndex], { attributes: { axis: 1 } });
    const normed = this.layers.norm(last, 'model.norm.weight', hiddenSize);
    if (tieWordEmbeddings) this.weights.ignore(HEAD);
    const tensor = tieWordEmbeddings ? EMBEDDING : HEAD;
    const matrix = { name: tensor, parts: [[tensor, vocabSize] as MatrixPart], columns: hiddenSize };
    // At 4 bits this one matrix would cost a quarter of the whole loss; see docs/decisions/0008-quantisation.md.
    linear.apply(this.options.outputPrecision, normed, matrix, {
      rows: 'sequences',
      output: GRAPH.logits,
    });
    graph.node('ArgMax', [GRAPH.logits], { attributes: { axis: -1, keepdims: 0 } }, GRAPH.argmax);
    const axis = graph.constant('logits_axis', BigInt64Array.of(-1n), [1]);
    graph.node('ReduceSum', [GRAPH.logits, axis], { attributes: { keepdims: 0 } }, GRAPH.logitSum);
    graph.output(GRAPH.logits, 'float32', ['B', vocabSize]);
    graph.output(GRAPH.argmax, 'int64', ['B']);
    graph.output(GRAPH.logitSum, 'float32', ['B']);
  }
}
