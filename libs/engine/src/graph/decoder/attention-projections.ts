import type { ModelConfig } from '../../model/model-config.js';
import type { AttentionInputs } from '../attention/attention-shape.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { MatrixPart } from '../linear/linear-layers.js';
import type { DecoderLayers } from './decoder-layers.js';
import type { RotaryEmbedding } from './rotary-embedding.js';

/** The parts of a graph that the projections use. */
interface ProjectionParts {
  layers: DecoderLayers;
  rotary: RotaryEmbedding;
  /** The shape `[B, S, -1]`. */
  batchShape: string;
}

/** Adds the projections before and after a layer's attention to a graph. */
export class AttentionProjections {
  private readonly qSize: number;
  private readonly kvSize: number;
  private readonly shared: ReturnType<AttentionProjections['sharedValues']>;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
    private readonly parts: ProjectionParts,
  ) {
    this.qSize = config.heads * config.headDim;
    this.kvSize = config.kvHeads * config.headDim;
    this.shared = this.sharedValues();
  }

  /**
   * Queries and keys of the new tokens, normalised and rotated as the layer does, and their values.
   * @param input `[B * S, hiddenSize]`
   */
  inputs(layer: number, prefix: string, input: string): AttentionInputs {
    const { graph, config, shared, qSize, kvSize } = this;
    const { layers, rotary, batchShape } = this.parts;
    const parts: MatrixPart[] = config.fusedProjections
      ? [[`${prefix}self_attn.qkv_proj`, qSize + 2 * kvSize]]
      : [
          [`${prefix}self_attn.q_proj`, qSize],
          [`${prefix}self_attn.k_proj`, kvSize],
          [`${prefix}self_attn.v_proj`, kvSize],
        ];
    const matrix = { name: `${prefix}qkv`, parts, columns: config.hiddenSize, readsStream: true };
    const projected = layers.project(input, matrix, config.biases.qkv);
    const qkv = graph.node('Reshape', [projected, batchShape]);
    if (config.ropes[layer] === undefined && config.queryKeyNorm === 'none') {
      const [query, key, value] = graph.nodes('Split', [qkv, shared.qAndKAndV!], 3, { attributes: { axis: -1 } });
      return { query, key, value };
    }
    const [qk, value] = graph.nodes('Split', [qkv, shared.qkAndV], 2, { attributes: { axis: -1 } });
    const rotated = rotary.apply(layer, this.normQueriesAndKeys(qk, prefix));
    const [query, key] = graph.nodes('Split', [rotated, shared.qAndK], 2, { attributes: { axis: -1 } });
    return { query, key, value };
  }

  /**
   * The projection of attention's result.
   * @param attention `[B * S, heads * headDim]`
   * @returns `[B * S, hiddenSize]`
   */
  output(prefix: string, attention: string): string {
    const { graph, config, qSize } = this;
    const matrix = {
      name: `${prefix}o`,
      parts: [[`${prefix}self_attn.o_proj`, config.hiddenSize] as MatrixPart],
      columns: qSize,
      scale: config.residualScale,
    };
    return this.parts.layers.project(
      graph.shaped(attention, 'float32', ['tokens', qSize]),
      matrix,
      config.biases.output,
    );
  }

  private sharedValues() {
    const { graph, config, qSize, kvSize } = this;
    const sizes = (name: string, ...values: number[]): string =>
      graph.constant(name, BigInt64Array.from(values, BigInt), [values.length]);
    return {
      qkAndV: sizes('split_qk_v', qSize + kvSize, kvSize),
      qAndK: sizes('split_q_k', qSize, kvSize),
      qAndKAndV: config.ropes.includes(undefined) ? sizes('split_q_k_v', qSize, kvSize, kvSize) : undefined,
    };
  }

  /** Normalises queries and keys, where the family does. */
  private normQueriesAndKeys(qk: string, prefix: string): string {
    const { graph, config, shared } = this;
    const { layers, batchShape } = this.parts;
    if (config.queryKeyNorm === 'none') return qk;
    const headRows =
      config.queryKeyNorm === 'head'
        ? graph.constant(`${prefix}head_rows`, BigInt64Array.of(-1n, BigInt(config.headDim)), [2])
        : undefined;
    const normed = graph.nodes('Split', [qk, shared.qAndK], 2, { attributes: { axis: -1 } }).map((part, i) => {
      const weight = `${prefix}self_attn.${['q', 'k'][i]}_norm.weight`;
      if (headRows === undefined) return layers.norm(part, weight, [this.qSize, this.kvSize][i]);
      const rows = graph.node('Reshape', [part, headRows]);
      return graph.node('Reshape', [layers.norm(rows, weight, config.headDim), batchShape]);
    });
    return graph.node('Concat', normed, { attributes: { axis: -1 } });
  }
}
