import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { LayerNames } from '../../encoder/families/encoder-family.js';
import type { Weights } from '../../model/weights.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { LinearLayers, MatrixPart } from '../linear-layers.js';
import type { Precision } from '../quantization/precision.js';

interface EncoderLayersOptions {
  weights: Weights;
  linear: LinearLayers;
  precision: Exclude<Precision, 'int4'>;
}

/** A projection whose bias the next node adds. */
export interface Projected {
  value: string;
  bias: string;
}

/** The layers that an encoder is made of. Tensors are named without the `.weight` and `.bias` that they end in. */
export class EncoderLayers {
  private readonly epsilon: { float: number };

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: EncoderConfig,
    private readonly options: EncoderLayersOptions,
  ) {
    this.epsilon = { float: config.normEps };
  }

  /**
   * Queries, keys and values of a layer, `[N, 3 * hiddenSize]`. In int8 the values get finer activations than the rest: in
   * MiniLM their error made up most of that of the whole (docs/decisions/0037-encoder-batches.md).
   */
  attentionInputs(layer: number, { query, key, value }: LayerNames, input: string): string {
    const { graph, options } = this;
    const size = this.config.hiddenSize;
    const project = (name: string, tensors: string[], activations?: 'outliers'): string => {
      const parts = tensors.map((tensor): MatrixPart => [tensor, size]);
      const bias = this.biasOf(name, parts);
      return options.linear.apply(options.precision, input, matrixOf(name, parts, size), { bias, activations });
    };
    if (options.precision === 'fp32') return project(`qkv.${layer}`, [query, key, value]);
    const parts = [project(`qk.${layer}`, [query, key]), project(`v.${layer}`, [value], 'outliers')];
    return graph.node('Concat', parts, { attributes: { axis: -1 } });
  }

  /** A projection whose bias is left to the next node. */
  projectUnbiased(
    input: string,
    [tensor, rows]: MatrixPart,
    columns: number,
    activations?: 'symmetric' | 'gelu',
  ): Projected {
    const parts: MatrixPart[] = [[tensor, rows]];
    const matrix = matrixOf(tensor, parts, columns);
    const value = this.options.linear.apply(this.options.precision, input, matrix, { activations });
    return { value, bias: this.biasOf(tensor, parts) };
  }

  /** The MLP of a layer. */
  feedForward({ up, down }: LayerNames, input: string): Projected {
    const { hiddenSize, intermediateSize } = this.config;
    const projected = this.projectUnbiased(input, [up, intermediateSize], hiddenSize);
    // ReLU has no negative values at all.
    return this.projectUnbiased(this.activate(projected), [down, hiddenSize], intermediateSize, 'gelu');
  }

  norm(input: string, tensor: string, output?: string): string {
    const inputs = [input, ...this.normWeights(tensor)];
    return this.graph.node('LayerNormalization', inputs, { attributes: { axis: -1, epsilon: this.epsilon } }, output);
  }

  /** Adds what a part of a layer gives to its input, and normalises the sum. */
  addAndNorm(residual: string, { value, bias }: Projected, tensor: string, output?: string): string {
    const inputs = [residual, value, ...this.normWeights(tensor), bias];
    const options = { attributes: { epsilon: this.epsilon }, domain: 'com.microsoft' } as const;
    return this.graph.node('SkipLayerNormalization', inputs, options, output);
  }

  private activate({ value, bias }: Projected): string {
    const { graph } = this;
    switch (this.config.activation) {
      case 'gelu':
        return graph.node('BiasGelu', [value, bias], { domain: 'com.microsoft' });
      case 'gelu_tanh':
        return graph.node('Gelu', [graph.node('Add', [value, bias])], {
          attributes: { approximate: { text: 'tanh' } },
        });
      case 'relu':
        return graph.node('Relu', [graph.node('Add', [value, bias])]);
    }
  }

  private normWeights(tensor: string): [string, string] {
    const { graph, config, options } = this;
    const size = config.hiddenSize;
    return (
      [
        ['weight', 'gamma'],
        ['bias', 'beta'],
      ] as const
    ).map(([name, old]) => {
      const stored = options.weights.has(`${tensor}.${old}`) ? `${tensor}.${old}` : `${tensor}.${name}`;
      return graph.constant(`${tensor}.${name}`, options.weights.read(stored, [size]), [size]);
    }) as [string, string];
  }

  private biasOf(name: string, tensors: readonly MatrixPart[]): string {
    const biases = tensors.flatMap(([tensor, rows]) => [...this.options.weights.read(`${tensor}.bias`, [rows])]);
    return this.graph.constant(`${name}_bias`, Float32Array.from(biases), [biases.length]);
  }
}

function matrixOf(name: string, tensors: readonly MatrixPart[], columns: number) {
  return { name, parts: tensors.map(([tensor, rows]): MatrixPart => [`${tensor}.weight`, rows]), columns };
}
