import type { ModelConfig } from '../model/model-config.js';
import { rotaryFrequencies } from '../model/rope-scaling.js';
import type { Weights } from '../model/weights.js';
import { DecodeAttention } from './decode-attention.js';
import { GRAPH } from './delta-cache-interface.js';
import type { ExternalDataFile } from './external-data-file.js';
import { GraphBuilder } from './graph-builder.js';
import { LinearLayers, type MatrixPart } from './linear-layers.js';
import type { Precision } from './precision.js';
import { rotaryTables } from './rotary-tables.js';

export interface LlamaGraphOptions {
  precision: Precision;
  /** What prompts are computed with; another one than `precision` takes weights of its own. */
  prefillPrecision: Precision;
  /** What embedding and output projection are computed with. */
  outputPrecision: Exclude<Precision, 'int4'>;
  /** Where keys and values are kept: see {@link GRAPH}. */
  cache: 'host' | 'device';
  /** The largest magnitude of an int8 weight. */
  maxWeight: number;
  /** The longest sequence that the graph must take, in tokens. */
  contextLength: number;
  /** The data file's name, relative to the graph's folder. */
  externalDataName: string;
}

/** The version of what this file and those it imports build; a change of any number in the graph raises it. */
export const GRAPH_VERSION = 3;

/**
 * Builds a decoder of the Llama architecture as an ONNX graph, and writes its weights to `data`. With the cache in host
 * memory it returns only the new keys and values of a pass ("delta cache"). q, k, v and gate, up are stored as one matrix each, since a pass at
 * batch 1 is bound by dispatches as much as by memory.
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

/** Values that every layer uses. */
type SharedValues = ReturnType<LlamaGraph['sharedValues']>;

/**
 * One graph under construction. The residual stream is two-dimensional, `[B * S, hiddenSize]`; attention works on
 * `[B, S, ...]`.
 */
class LlamaGraph {
  private readonly graph: GraphBuilder;
  private readonly linear: LinearLayers;
  private readonly qSize: number;
  private readonly kvSize: number;
  private readonly epsilon: { float: number };
  /** In the order of {@link GRAPH.newKeyValues}. */
  private readonly newKeyValues: string[] = [];

  constructor(
    private readonly config: ModelConfig,
    private readonly weights: Weights,
    data: ExternalDataFile,
    private readonly options: LlamaGraphOptions,
  ) {
    this.graph = new GraphBuilder(config.architecture, options.externalDataName);
    this.linear = new LinearLayers(this.graph, weights, data, options.maxWeight);
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
    for (let layer = 0; layer < config.layers; layer++) {
      for (const name of [GRAPH.pastKey(layer), GRAPH.pastValue(layer)]) {
        graph.input(name, 'float32', ['B', config.kvHeads, 'C', config.headDim]);
      }
    }
    const { precision, prefillPrecision, outputPrecision } = this.options;
    if ([precision, prefillPrecision, outputPrecision].includes('int8')) this.linear.prepareInt8();
    const shared = this.sharedValues();
    let residual = this.embed(shared);
    let normed = this.norm(residual, 'model.layers.0.input_layernorm.weight', config.hiddenSize);
    for (let layer = 0; layer < config.layers; layer++) {
      const prefix = `model.layers.${layer}.`;
      const attended = this.attention(layer, prefix, normed, shared);
      [normed, residual] = this.addAndNorm(residual, attended, `${prefix}post_attention_layernorm.weight`);
      const fed = this.feedForward(prefix, normed, shared);
      if (layer < config.layers - 1) {
        [normed, residual] = this.addAndNorm(residual, fed, `model.layers.${layer + 1}.input_layernorm.weight`);
      } else residual = graph.node('Add', [residual, fed]);
    }
    this.outputs(residual, shared);
    this.weights.assertAllRead();
    return graph.build();
  }

  private sharedValues() {
    const { graph, config, qSize, kvSize } = this;
    const { headDim } = config;
    const { contextLength } = this.options;
    const shape = (name: string, ...sizes: number[]): string =>
      graph.constant(name, BigInt64Array.from(sizes, BigInt), [sizes.length]);
    const rotary = rotaryTables(contextLength, rotaryFrequencies(config.rope, headDim));
    const inputShape = graph.node('Shape', [GRAPH.inputIds]);
    const one = shape('one_token', 1);
    const newTokens = graph.node('Shape', [GRAPH.inputIds], { attributes: { start: 1, end: 2 } });
    return {
      cos: graph.constant('rotary_cos', rotary.cos, [contextLength, headDim / 2]),
      sin: graph.constant('rotary_sin', rotary.sin, [contextLength, headDim / 2]),
      hiddenRows: shape('shape_hidden_rows', -1, config.hiddenSize),
      queryRows: shape('shape_query_rows', -1, qSize),
      /** [B, S, -1] */
      batchShape: graph.node('Concat', [inputShape, shape('shape_any', -1)], { attributes: { axis: 0 } }),
      qkAndV: shape('split_qk_v', qSize + kvSize, kvSize),
      qAndK: shape('split_q_k', qSize, kvSize),
      /** Whether the pass has one new token for each sequence. */
      isDecode: graph.node('Equal', [newTokens, one]),
      decodeAttention: this.options.cache === 'host' ? new DecodeAttention(graph, config) : undefined,
    };
  }

  private embed(shared: SharedValues): string {
    const { vocabSize, hiddenSize } = this.config;
    const matrix = { name: EMBEDDING, parts: [[EMBEDDING, vocabSize] as MatrixPart], columns: hiddenSize };
    const embedded = this.linear.gather(this.options.outputPrecision, GRAPH.inputIds, matrix);
    return this.graph.node('Reshape', [embedded, shared.hiddenRows]);
  }

  private attention(layer: number, prefix: string, input: string, shared: SharedValues): string {
    const { graph, qSize, kvSize, config } = this;
    const { heads, kvHeads, hiddenSize, biases } = config;
    const parts: MatrixPart[] = [
      [`${prefix}self_attn.q_proj`, qSize],
      [`${prefix}self_attn.k_proj`, kvSize],
      [`${prefix}self_attn.v_proj`, kvSize],
    ];
    const projected = this.project(input, { name: `${prefix}qkv`, parts, columns: hiddenSize }, biases.qkv, shared);
    const qkv = graph.node('Reshape', [projected, shared.batchShape]);
    const [qk, value] = graph.nodes('Split', [qkv, shared.qkAndV], 2, { attributes: { axis: -1 } });
    const rotated = graph.node(
      'RotaryEmbedding',
      [this.normHeads(qk, prefix, shared), GRAPH.positionIds, shared.cos, shared.sin],
      { attributes: { num_heads: heads + kvHeads, rotary_embedding_dim: 0 }, domain: 'com.microsoft' },
    );
    const [query, key] = graph.nodes('Split', [rotated, shared.qAndK], 2, { attributes: { axis: -1 } });
    this.newKeyValues.push(key, value);

    const inputs = { query, key, value };
    const attention =
      shared.decodeAttention === undefined
        ? this.cachedAttention(layer, inputs, [GRAPH.presentKey(layer), GRAPH.presentValue(layer)])
        : graph.choose(
            shared.isDecode,
            () => shared.decodeAttention!.apply(layer, inputs),
            () => this.cachedAttention(layer, inputs),
          );
    const attended = graph.node('Reshape', [attention, shared.queryRows]);
    const output = {
      name: `${prefix}o`,
      parts: [[`${prefix}self_attn.o_proj`, hiddenSize] as MatrixPart],
      columns: qSize,
    };
    return this.project(attended, output, biases.output, shared);
  }

  /**
   * Attention that appends the new keys and values to a copy of the past. On the host that copy is given up; several new
   * tokens of a sequence share its cost.
   */
  private cachedAttention(
    layer: number,
    { query, key, value }: { query: string; key: string; value: string },
    present?: [key: string, value: string],
  ): string {
    const { graph } = this;
    const { heads, kvHeads, windows } = this.config;
    const past = [GRAPH.pastKey(layer), GRAPH.pastValue(layer)];
    const inputs = [query, key, value, ...past, GRAPH.lastPositions, GRAPH.totalLength];
    const attributes = { num_heads: heads, kv_num_heads: kvHeads, local_window_size: windows[layer] ?? -1 };
    return graph.nodes('GroupQueryAttention', inputs, 3, { attributes, domain: 'com.microsoft' }, present)[0];
  }

  /** Normalises each head of queries and keys, where the family does. */
  private normHeads(qk: string, prefix: string, shared: SharedValues): string {
    if (!this.config.headNorms) return qk;
    const { graph } = this;
    const headRows = graph.constant(`${prefix}head_rows`, BigInt64Array.of(-1n, BigInt(this.config.headDim)), [2]);
    const normed = graph.nodes('Split', [qk, shared.qAndK], 2, { attributes: { axis: -1 } }).map((part, i) => {
      const rows = graph.node('Reshape', [part, headRows]);
      const weight = `${prefix}self_attn.${['q', 'k'][i]}_norm.weight`;
      return graph.node('Reshape', [this.norm(rows, weight, this.config.headDim), shared.batchShape]);
    });
    return graph.node('Concat', normed, { attributes: { axis: -1 } });
  }

  /** SwiGLU: down(SiLU(gate(x)) * up(x)). */
  private feedForward(prefix: string, input: string, shared: SharedValues): string {
    const { graph } = this;
    const { hiddenSize, intermediateSize, biases } = this.config;
    const parts: MatrixPart[] = [
      [`${prefix}mlp.gate_proj`, intermediateSize],
      [`${prefix}mlp.up_proj`, intermediateSize],
    ];
    const gateAndUp = this.project(input, { name: `${prefix}gate_up`, parts, columns: hiddenSize }, biases.mlp, shared);
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
    return this.project(gated, down, biases.mlp, shared);
  }

  private outputs(residual: string, shared: SharedValues): void {
    const { graph, linear } = this;
    const { hiddenSize, vocabSize, layers, tieWordEmbeddings } = this.config;
    const hidden = graph.node('Reshape', [residual, shared.batchShape]);
    const lastIndex = graph.constant('last_index', BigInt64Array.of(-1n), []);
    const last = graph.node('Gather', [hidden, lastIndex], { attributes: { axis: 1 } });
    const normed = this.norm(last, 'model.norm.weight', hiddenSize);
    if (tieWordEmbeddings) this.weights.ignore('lm_head.weight');
    const tensor = tieWordEmbeddings ? EMBEDDING : 'lm_head.weight';
    const matrix = { name: tensor, parts: [[tensor, vocabSize] as MatrixPart], columns: hiddenSize };
    // At 4 bits this one matrix would cost a quarter of the whole loss; see docs/decisions/0008-quantisation.md.
    linear.apply(this.options.outputPrecision, normed, matrix, {
      rows: 'sequences',
      output: GRAPH.logits,
    });
    graph.node('ArgMax', [GRAPH.logits], { attributes: { axis: -1, keepdims: 0 } }, GRAPH.likeliest);
    const axis = graph.constant('logits_axis', BigInt64Array.of(-1n), [1]);
    graph.node('ReduceSum', [GRAPH.logits, axis], { attributes: { keepdims: 0 } }, GRAPH.logitSum);
    graph.output(GRAPH.logits, 'float32', ['B', vocabSize]);
    graph.output(GRAPH.likeliest, 'int64', ['B']);
    graph.output(GRAPH.logitSum, 'float32', ['B']);
    if (this.options.cache === 'host') {
      graph.node('Concat', this.newKeyValues, { attributes: { axis: -1 } }, GRAPH.newKeyValues);
      graph.output(GRAPH.newKeyValues, 'float32', ['B', 'S', 2 * layers * this.kvSize]);
      return;
    }
    for (let layer = 0; layer < layers; layer++) {
      for (const name of [GRAPH.presentKey(layer), GRAPH.presentValue(layer)]) {
        graph.output(name, 'float32', ['B', this.config.kvHeads, 'C', this.config.headDim]);
      }
    }
  }

  /** A projection whose parts are named without the `.weight` and `.bias` that their tensors end in. */
  private project(
    input: string,
    { name, parts, columns }: { name: string; parts: MatrixPart[]; columns: number },
    biased: boolean,
    shared: SharedValues,
  ): string {
    const { graph, linear } = this;
    const { precision, prefillPrecision } = this.options;
    const matrix = { name, parts: parts.map(([part, rows]): MatrixPart => [`${part}.weight`, rows]), columns };
    const projected =
      precision === prefillPrecision
        ? linear.apply(precision, input, matrix)
        : graph.choose(
            shared.isDecode,
            () => linear.apply(precision, input, matrix),
            () => linear.apply(prefillPrecision, input, matrix),
          );
    if (!biased) return projected;
    const biases = parts.flatMap(([part, rows]) => [...this.weights.read(`${part}.bias`, [rows])]);
    return graph.node('Add', [projected, graph.constant(`${name}_bias`, Float32Array.from(biases), [biases.length])]);
  }

  private norm(input: string, weight: string, size: number): string {
    const attributes = { axis: -1, epsilon: this.epsilon };
    return this.graph.node('SimplifiedLayerNormalization', [input, this.gamma(weight, size)], { attributes });
  }

  /** Adds `change` to the residual and normalises; returns [normalised, sum]. */
  private addAndNorm(residual: string, change: string, weight: string): [string, string] {
    const inputs = [residual, change, this.gamma(weight, this.config.hiddenSize)];
    const outputs = this.graph.nodes('SkipSimplifiedLayerNormalization', inputs, 4, {
      attributes: { epsilon: this.epsilon },
      domain: 'com.microsoft',
    });
    return [outputs[0], outputs[3]];
  }

  private gamma(name: string, size: number): string {
    return this.graph.constant(name, this.weights.read(name, [size]), [size]);
  }
}

const EMBEDDING = 'model.embed_tokens.weight';
