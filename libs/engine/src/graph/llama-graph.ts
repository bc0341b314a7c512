import type { ModelConfig } from '../model/model-config.js';
import type { Weights } from '../model/weights.js';
import { BLOCK_SIZE, blocksOf, quantizeBlocks } from './block-quantization.js';
import { GRAPH } from './delta-cache-interface.js';
import type { ExternalDataFile } from './external-data-file.js';
import { GraphBuilder } from './graph-builder.js';
import { rotaryTables } from './rotary-tables.js';

/** How weights are stored and computed with: as they are, or in blocks of 8 or 4 bits (the output projection: 8). */
export type Precision = 'fp32' | 'int8' | 'int4';

const BITS = { int8: 8, int4: 4 } as const;

const OUTPUT_PROJECTION = 'lm_head';

export interface LlamaGraphOptions {
  precision: Precision;
  /** The longest sequence that the graph must take, in tokens. */
  contextLength: number;
  /** The data file's name, relative to the graph's folder. */
  externalDataName: string;
}

/**
 * Builds the Llama decoder as an ONNX graph that returns only the new keys and values of a pass ("delta cache"), and
 * writes its weights to `data`. Projections keep Hugging Face's `[out, in]` layout; q, k, v and gate, up are stored as
 * one matrix each, since a pass at batch 1 is bound by dispatches as much as by memory.
 *
 * @returns the `onnx.ModelProto`
 * @throws `model_invalid` or `model_unsupported`, naming the tensor
 */
export function buildLlamaGraph(
  config: ModelConfig,
  weights: Weights,
  data: ExternalDataFile,
  options: LlamaGraphOptions,
): Uint8Array {
  return new LlamaGraph(config, weights, data, options).build();
}

/** A tensor of the weights, and how many rows it has. */
type MatrixPart = [tensor: string, rows: number];

/**
 * One graph under construction. The residual stream is two-dimensional, `[B * S, hiddenSize]`; attention works on
 * `[B, S, ...]`.
 */
class LlamaGraph {
  private readonly graph: GraphBuilder;
  private readonly qSize: number;
  private readonly kvSize: number;
  private readonly epsilon: { float: number };
  /** In the order of {@link GRAPH.newKeyValues}. */
  private readonly newKeyValues: string[] = [];

  constructor(
    private readonly config: ModelConfig,
    private readonly weights: Weights,
    private readonly data: ExternalDataFile,
    private readonly options: LlamaGraphOptions,
  ) {
    this.graph = new GraphBuilder(config.architecture, options.externalDataName);
    this.qSize = config.heads * config.headDim;
    this.kvSize = config.kvHeads * config.headDim;
    this.epsilon = { float: config.rmsNormEps };
  }

  build(): Uint8Array {
    const { graph, config } = this;
    graph.input(GRAPH.inputIds, 'int32', ['B', 'S']);
    graph.input(GRAPH.positionIds, 'int64', ['B', 'S']);
    graph.input(GRAPH.lastPositions, 'int32', ['B']);
    graph.input(GRAPH.totalLength, 'int32', []);
    const shared = this.sharedTensors();

    const embedding = this.matrix('embedding', [['model.embed_tokens.weight', config.vocabSize]], config.hiddenSize);
    let residual = graph.node('Reshape', [graph.node('Gather', [embedding, GRAPH.inputIds]), shared.hiddenRows]);
    let normed = this.norm(residual, 'model.layers.0.input_layernorm.weight');
    for (let layer = 0; layer < config.layers; layer++) {
      const prefix = `model.layers.${layer}.`;
      const attended = this.attention(layer, prefix, normed, shared);
      [normed, residual] = this.addAndNorm(residual, attended, `${prefix}post_attention_layernorm.weight`);
      const fed = this.feedForward(prefix, normed);
      if (layer < config.layers - 1) {
        [normed, residual] = this.addAndNorm(residual, fed, `model.layers.${layer + 1}.input_layernorm.weight`);
      } else residual = graph.node('Add', [residual, fed]);
    }
    this.outputs(residual, embedding, shared);
    this.weights.assertAllRead();
    return graph.build();
  }

  private sharedTensors() {
    const { graph, config, qSize, kvSize } = this;
    const { headDim } = config;
    const { contextLength } = this.options;
    const shape = (name: string, ...sizes: number[]): string =>
      graph.constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
    const rotary = rotaryTables(contextLength, headDim, config.ropeTheta);
    const batchShape = [graph.node('Shape', [GRAPH.inputIds]), shape('shape_any', -1)];
    return {
      cos: graph.constant('rotary_cos', rotary.cos, [contextLength, headDim / 2]),
      sin: graph.constant('rotary_sin', rotary.sin, [contextLength, headDim / 2]),
      hiddenRows: shape('shape_hidden_rows', -1, config.hiddenSize),
      queryRows: shape('shape_query_rows', -1, qSize),
      /** [B, S, -1] */
      batchShape: graph.node('Concat', batchShape, { attributes: { axis: 0 } }),
      qkAndV: shape('split_qk_v', qSize + kvSize, kvSize),
      qAndK: shape('split_q_k', qSize, kvSize),
    };
  }

  private attention(
    layer: number,
    prefix: string,
    input: string,
    shared: ReturnType<LlamaGraph['sharedTensors']>,
  ): string {
    const { graph, qSize, kvSize } = this;
    const { heads, kvHeads, headDim, hiddenSize } = this.config;
    const parts: MatrixPart[] = [
      [`${prefix}self_attn.q_proj.weight`, qSize],
      [`${prefix}self_attn.k_proj.weight`, kvSize],
      [`${prefix}self_attn.v_proj.weight`, kvSize],
    ];
    const projected = this.project(input, `${prefix}qkv`, parts, hiddenSize);
    const qkv = graph.node('Reshape', [projected, shared.batchShape]);
    const [qk, value] = graph.nodes('Split', [qkv, shared.qkAndV], 2, { attributes: { axis: -1 } });
    const rotated = graph.node('RotaryEmbedding', [qk, GRAPH.positionIds, shared.cos, shared.sin], {
      attributes: { num_heads: heads + kvHeads, rotary_embedding_dim: 0 },
      domain: 'com.microsoft',
    });
    const [query, key] = graph.nodes('Split', [rotated, shared.qAndK], 2, { attributes: { axis: -1 } });
    this.newKeyValues.push(key, value);

    const past = [GRAPH.pastKey(layer), GRAPH.pastValue(layer)];
    for (const name of past) graph.input(name, 'float32', ['B', kvHeads, 'C', headDim]);
    const [attention] = graph.nodes(
      'GroupQueryAttention',
      [query, key, value, ...past, GRAPH.lastPositions, GRAPH.totalLength],
      3,
      { attributes: { num_heads: heads, kv_num_heads: kvHeads }, domain: 'com.microsoft' },
    );
    const attended = graph.node('Reshape', [attention, shared.queryRows]);
    return this.project(attended, `${prefix}o`, [[`${prefix}self_attn.o_proj.weight`, hiddenSize]], qSize);
  }

  /** SwiGLU: down(SiLU(gate(x)) * up(x)). */
  private feedForward(prefix: string, input: string): string {
    const { graph } = this;
    const { hiddenSize, intermediateSize } = this.config;
    const parts: MatrixPart[] = [
      [`${prefix}mlp.gate_proj.weight`, intermediateSize],
      [`${prefix}mlp.up_proj.weight`, intermediateSize],
    ];
    const gateAndUp = this.project(input, `${prefix}gate_up`, parts, hiddenSize);
    const [gate, up] = graph.nodes('Split', [gateAndUp], 2, { attributes: { axis: -1, num_outputs: 2 } });
    // x * sigmoid(alpha * x), which is SiLU at alpha = 1.
    const attributes = { alpha: { float: 1 } };
    const activated = graph.node('QuickGelu', [gate], { attributes, domain: 'com.microsoft' });
    const gated = graph.node('Mul', [activated, up]);
    return this.project(gated, `${prefix}down`, [[`${prefix}mlp.down_proj.weight`, hiddenSize]], intermediateSize);
  }

  private outputs(residual: string, embedding: string, shared: ReturnType<LlamaGraph['sharedTensors']>): void {
    const { graph } = this;
    const { hiddenSize, vocabSize, layers, tieWordEmbeddings } = this.config;
    const hidden = graph.node('Reshape', [residual, shared.batchShape]);
    const lastIndex = graph.constant('last_index', BigInt64Array.of(-1n), []);
    const last = graph.node('Gather', [hidden, lastIndex], { attributes: { axis: 1 } });
    const normed = this.norm(last, 'model.norm.weight');
    if (tieWordEmbeddings) this.weights.ignore('lm_head.weight');
    if (tieWordEmbeddings && this.options.precision === 'fp32') this.multiply(normed, embedding, GRAPH.logits);
    else {
      const tensor = tieWordEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
      this.project(normed, OUTPUT_PROJECTION, [[tensor, vocabSize]], hiddenSize, GRAPH.logits);
    }
    graph.node('Concat', this.newKeyValues, { attributes: { axis: -1 } }, GRAPH.newKeyValues);
    graph.output(GRAPH.logits, 'float32', ['B', vocabSize]);
    graph.output(GRAPH.newKeyValues, 'float32', ['B', 'S', 2 * layers * this.kvSize]);
  }

  /** Stores tensors of `columns` columns one below the other, as one matrix. */
  private matrix(name: string, parts: MatrixPart[], columns: number): string {
    const { weights } = this;
    const range = this.data.append(
      (function* () {
        for (const [tensor, rows] of parts) yield weights.read(tensor, [rows, columns]);
      })(),
    );
    const rows = parts.reduce((sum, [, count]) => sum + count, 0);
    return this.graph.external(name, 'float32', [rows, columns], range);
  }

  /** Multiplies by tensors of `columns` columns, taken as one matrix, in the precision of the graph. */
  private project(input: string, name: string, parts: MatrixPart[], columns: number, output?: string): string {
    const { precision } = this.options;
    if (precision === 'fp32') return this.multiply(input, this.matrix(name, parts, columns), output);
    // At 4 bits this one matrix would cost a quarter of the whole loss; see docs/decisions/0008-quantisation.md.
    const bits = name === OUTPUT_PROJECTION ? 8 : BITS[precision];
    const rows = parts.reduce((sum, [, count]) => sum + count, 0);
    const quantized = parts.map(([tensor, count]) =>
      quantizeBlocks(this.weights.read(tensor, [count, columns]), columns, bits),
    );
    const blocks = blocksOf(columns);
    const data = this.graph.external(
      name,
      'uint8',
      [rows, blocks, (BLOCK_SIZE * bits) / 8],
      this.data.append(quantized.map((part) => part.data)),
    );
    const scales = this.graph.external(
      `${name}_scales`,
      'float32',
      [rows * blocks],
      this.data.append(quantized.map((part) => part.scales)),
    );
    // Level 4 quantises activations to 8 bits by row and block, so a row's result depends on that row alone.
    const attributes = { K: columns, N: rows, bits, block_size: BLOCK_SIZE, accuracy_level: 4 };
    return this.graph.node('MatMulNBits', [input, data, scales], { attributes, domain: 'com.microsoft' }, output);
  }

  private multiply(input: string, matrix: string, output?: string): string {
    return this.graph.node('Gemm', [input, matrix], { attributes: { transB: 1 } }, output);
  }

  private norm(input: string, weight: string): string {
    const attributes = { axis: -1, epsilon: this.epsilon };
    return this.graph.node('SimplifiedLayerNormalization', [input, this.gamma(weight)], { attributes });
  }

  /** Adds `change` to the residual and normalises; returns [normalised, sum]. */
  private addAndNorm(residual: string, change: string, weight: string): [string, string] {
    const inputs = [residual, change, this.gamma(weight)];
    const outputs = this.graph.nodes('SkipSimplifiedLayerNormalization', inputs, 4, {
      attributes: { epsilon: this.epsilon },
      domain: 'com.microsoft',
    });
    return [outputs[0], outputs[3]];
  }

  private gamma(name: string): string {
    const { hiddenSize } = this.config;
    return this.graph.constant(name, this.weights.read(name, [hiddenSize]), [hiddenSize]);
  }
}
