import type { EncoderConfig } from '../../encoder/config/encoder-config.js';
import type { LayerNames } from '../../encoder/families/encoder-family.js';
import type { Weights } from '../../model/weights.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { LinearLayers, MatrixPart } from '../linear/linear-layers.js';
import type { Precision } from '../quantization/precision.js';

interface EncoderLayersOptions {
  weights: Weights;
  linear: LinearLayers;
  precision: Exclude<Precision, 'int4'>;
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
   * MiniLM their error made up most of that of the whole (docs/decisions/0039-encoder-batches.md).
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

  /** A projection with its bias, `[N, rows]`. */
  project(input: string, [tensor, rows]: MatrixPart, columns: number, activations?: 'gelu' | 'outliers'): string {
    const parts: MatrixPart[] = [[tensor, rows]];
    const bias = this.biasOf(tensor, parts);
    return this.options.linear.apply(this.options.precision, input, matrixOf(tensor, parts, columns), {
      bias,
      activations,
    });
  }

  /** The MLP of a layer. */
  feedForward({ up, down }: LayerNames, input: string): string {
    const { hiddenSize, intermediateSize } = this.config;
    const projected = this.project(input, [up, intermediateSize], hiddenSize, 'outliers');
    // ReLU has no negative values at all.
    return this.project(this.activate(projected), [down, hiddenSize], intermediateSize, 'gelu');
  }

  norm(input: string, tensor: string, output?: string): string {
    const inputs = [input, ...this.normWeights(tensor)];
    return this.graph.node('LayerNormalization', inputs, { attributes: { axis: -1, epsilon: this.epsilon } }, output);
  }

  /**
   * Adds what a part of a layer gives to its input, and normalises the sum. (`SkipLayerNormalization` takes four times as long on
   * the CPU, `BiasGelu` twice as long as its parts.)
   */
  addAndNorm(residual: string, value: string, tensor: string, output?: string): string {
    return this.norm(this.graph.node('Add', [residual, value]), tensor, output);
  }

  private activate(input: string): string {
    const { graph } = this;
    switch (this.config.activation) {
      case 'gelu':
        return graph.node('Gelu', [input]);
      case 'gelu_tanh':
        return graph.node('Gelu', [input], { attributes: { approximate: { text: 'tanh' } } });
      case 'relu':
        return graph.node('Relu', [input]);
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
    // As a vector, ONNX Runtime would fuse it with GELU to `BiasGelu`.
    return this.graph.constant(`${name}_bias`, Float32Array.from(biases), [1, biases.length]);
  }
}

function matrixOf(name: string, tensors: readonly MatrixPart[], columns: number) {
  return { name, parts: tensors.map(([tensor, rows]): MatrixPart => [`${tensor}.weight`, rows]), columns };
}
