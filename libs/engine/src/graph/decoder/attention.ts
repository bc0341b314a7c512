import type { ModelConfig } from '../../model/model-config.js';
import { GRAPH } from '../delta-cache-interface.js';
import type { ExternalDataFile } from '../external-data-file.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { GraphOptions } from '../graph-options.js';
import type { MatrixPart } from '../linear-layers.js';
import { DecodeAttention } from './decode-attention.js';
import type { DecoderLayers } from './decoder-layers.js';
import { RotaryEmbedding } from './rotary-embedding.js';

/** Queries, keys and values of new tokens, `[B, S, ...]` each. */
interface AttentionInputs {
  query: string;
  key: string;
  value: string;
}

/** Adds self-attention to a graph, layer by layer, and then the outputs that carry its keys and values. */
export class Attention {
  private readonly qSize: number;
  private readonly kvSize: number;
  private readonly rotary: RotaryEmbedding;
  private readonly shared: ReturnType<Attention['sharedValues']>;
  /** Reads a cache in host memory in place. */
  private readonly decode: DecodeAttention | undefined;
  /** In the order of {@link GRAPH.newKeyValues}. */
  private readonly newKeyValues: string[] = [];

  /** `[B, S, -1]` */
  private readonly batchShape: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
    private readonly layers: DecoderLayers,
    { batchShape, data, options }: { batchShape: string; data: ExternalDataFile; options: GraphOptions },
  ) {
    this.batchShape = batchShape;
    this.qSize = config.heads * config.headDim;
    this.kvSize = config.kvHeads * config.headDim;
    for (let layer = 0; layer < config.layers; layer++) {
      for (const name of [GRAPH.pastKey(layer), GRAPH.pastValue(layer)]) {
        graph.input(name, 'float32', ['B', config.kvHeads, 'C', config.headDim]);
      }
    }
    this.rotary = new RotaryEmbedding(graph, config, data, options.contextLength);
    this.shared = this.sharedValues();
    this.decode = options.cache === 'host' ? new DecodeAttention(graph, config) : undefined;
  }

  /** @param input `[B * S, hiddenSize]`, as the result */
  apply(layer: number, prefix: string, input: string): string {
    const { graph, qSize, config, decode, layers, shared } = this;
    const inputs = this.project(layer, prefix, input);
    this.newKeyValues.push(inputs.key, inputs.value);
    const attention =
      decode === undefined
        ? this.cachedAttention(layer, inputs, [GRAPH.presentKey(layer), GRAPH.presentValue(layer)])
        : graph.choose(
            layers.isDecode,
            () => decode.apply(layer, inputs),
            () => this.cachedAttention(layer, inputs),
          );
    const attended = graph.shaped(graph.node('Reshape', [attention, shared.queryRows]), 'float32', ['tokens', qSize]);
    const output = {
      name: `${prefix}o`,
      parts: [[`${prefix}self_attn.o_proj`, config.hiddenSize] as MatrixPart],
      columns: qSize,
      scale: config.residualScale,
    };
    return layers.project(attended, output, config.biases.output);
  }

  /** Declares the keys and values of the pass as outputs of the graph. */
  outputs(): void {
    const { graph, config } = this;
    if (this.decode) {
      graph.node('Concat', this.newKeyValues, { attributes: { axis: -1 } }, GRAPH.newKeyValues);
      graph.output(GRAPH.newKeyValues, 'float32', ['B', 'S', 2 * config.layers * this.kvSize]);
      return;
    }
    for (let layer = 0; layer < config.layers; layer++) {
      for (const name of [GRAPH.presentKey(layer), GRAPH.presentValue(layer)]) {
        graph.output(name, 'float32', ['B', config.kvHeads, 'C', config.headDim]);
      }
    }
  }

  /** Queries and keys of the new tokens, normalised and rotated as the layer does, and their values. */
  private project(layer: number, prefix: string, input: string): AttentionInputs {
    const { graph, config, layers, shared, qSize, kvSize } = this;
    const parts: MatrixPart[] = config.fusedProjections
      ? [[`${prefix}self_attn.qkv_proj`, qSize + 2 * kvSize]]
      : [
          [`${prefix}self_attn.q_proj`, qSize],
          [`${prefix}self_attn.k_proj`, kvSize],
          [`${prefix}self_attn.v_proj`, kvSize],
        ];
    const matrix = { name: `${prefix}qkv`, parts, columns: config.hiddenSize };
    const projected = layers.project(input, matrix, config.biases.qkv);
    const qkv = graph.node('Reshape', [projected, this.batchShape]);
    if (config.ropes[layer] === undefined && config.queryKeyNorm === 'none') {
      const [query, key, value] = graph.nodes('Split', [qkv, shared.qAndKAndV!], 3, { attributes: { axis: -1 } });
      return { query, key, value };
    }
    const [qk, value] = graph.nodes('Split', [qkv, shared.qkAndV], 2, { attributes: { axis: -1 } });
    const rotated = this.rotary.apply(layer, this.normQueriesAndKeys(qk, prefix));
    const [query, key] = graph.nodes('Split', [rotated, shared.qAndK], 2, { attributes: { axis: -1 } });
    return { query, key, value };
  }

  private sharedValues() {
    const { graph, config, qSize, kvSize } = this;
    const sizes = (name: string, ...values: number[]): string =>
      graph.constant(name, BigInt64Array.from(values, BigInt), [values.length]);
    return {
      queryRows: sizes('shape_query_rows', -1, qSize),
      qkAndV: sizes('split_qk_v', qSize + kvSize, kvSize),
      qAndK: sizes('split_q_k', qSize, kvSize),
      qAndKAndV: config.ropes.includes(undefined) ? sizes('split_q_k_v', qSize, kvSize, kvSize) : undefined,
    };
  }

  /**
   * Attention that appends the new keys and values to a copy of the past. On the host that copy is given up; several new
   * tokens of a sequence share its cost.
   */
  private cachedAttention(
    layer: number,
    { query, key, value }: AttentionInputs,
    present?: [key: string, value: string],
  ): string {
    const { graph } = this;
    const { heads, kvHeads, headDim, windows, scoreScale } = this.config;
    const past = [GRAPH.pastKey(layer), GRAPH.pastValue(layer)];
    const inputs = [query, key, value, ...past, GRAPH.lastPositions, GRAPH.totalLength];
    const attributes = {
      num_heads: heads,
      kv_num_heads: kvHeads,
      local_window_size: windows[layer] ?? -1,
      ...(scoreScale !== 1 / Math.sqrt(headDim) && { scale: { float: scoreScale } }),
    };
    return graph.nodes('GroupQueryAttention', inputs, 3, { attributes, domain: 'com.microsoft' }, present)[0];
  }

  /** Normalises queries and keys, where the family does. */
  private normQueriesAndKeys(qk: string, prefix: string): string {
    const { graph, config, layers, shared } = this;
    if (config.queryKeyNorm === 'none') return qk;
    const headRows =
      config.queryKeyNorm === 'head'
        ? graph.constant(`${prefix}head_rows`, BigInt64Array.of(-1n, BigInt(config.headDim)), [2])
        : undefined;
    const normed = graph.nodes('Split', [qk, shared.qAndK], 2, { attributes: { axis: -1 } }).map((part, i) => {
      const weight = `${prefix}self_attn.${['q', 'k'][i]}_norm.weight`;
      if (headRows === undefined) return layers.norm(part, weight, [this.qSize, this.kvSize][i]);
      const rows = graph.node('Reshape', [part, headRows]);
      return graph.node('Reshape', [layers.norm(rows, weight, config.headDim), this.batchShape]);
    });
    return graph.node('Concat', normed, { attributes: { axis: -1 } });
  }
}
