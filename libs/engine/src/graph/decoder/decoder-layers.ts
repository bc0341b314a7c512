import type { ModelConfig } from '../../model/model-config.js';
import type { Weights } from '../../model/weights.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { GraphOptions } from '../graph-options.js';
import type { PassForms } from '../pass-forms.js';
import type { LinearLayers, MatrixPart } from '../linear/linear-layers.js';
import { rowsOf } from '../linear/matrix.js';

/** A matrix of a decoder, whose parts are named without the `.weight` and `.bias` that their tensors end in. */
interface Projection {
  name: string;
  parts: MatrixPart[];
  columns: number;
  /** A factor of the result. */
  scale?: number;
  /** True if the input is the residual stream, normalised where its blocks do so. */
  readsStream?: boolean;
}

interface DecoderLayersOptions extends Pick<
  GraphOptions,
  'precision' | 'prefillPrecision' | 'outputPrecision' | 'isRotated'
> {
  /** Needed where decode passes have another precision than prompts. */
  forms?: PassForms;
}

/** The layers that a decoder is made of: projections with their biases, and normalisations. */
export class DecoderLayers {
  private readonly epsilon: { float: number };

  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
    private readonly weights: Weights,
    private readonly linear: LinearLayers,
    private readonly options: DecoderLayersOptions,
  ) {
    this.epsilon = { float: config.rmsNormEps };
  }

  project(
    input: string,
    { name, parts, columns, scale = 1, readsStream = false }: Projection,
    biased: boolean,
  ): string {
    const { graph, linear } = this;
    const { outputPrecision, isRotated } = this.options;
    const activations = readsStream && isRotated ? 'normal' : 'symmetric';
    const matrix = { name, parts: parts.map(([part, rows]): MatrixPart => [`${part}.weight`, rows]), columns, scale };
    const precision = linear.precisionOf(this.options.precision, matrix, outputPrecision);
    const prefillPrecision = linear.precisionOf(this.options.prefillPrecision, matrix, outputPrecision);
    const projected =
      precision === prefillPrecision
        ? linear.apply(precision, input, matrix, { activations })
        : graph.shaped(
            this.options.forms!.choose(
              () => linear.apply(precision, input, matrix),
              () => linear.apply(prefillPrecision, input, matrix),
            ),
            'float32',
            ['tokens', rowsOf(matrix)],
          );
    if (!biased) return projected;
    const biases = parts.flatMap(([part, rows]) =>
      [...this.weights.read(`${part}.bias`, [rows])].map((bias) => scale * bias),
    );
    return graph.node('Add', [projected, graph.constant(`${name}_bias`, Float32Array.from(biases), [biases.length])]);
  }

  /** @param output the result's name, where it needs one */
  norm(input: string, weight: string, size: number, output?: string): string {
    const attributes = { axis: -1, epsilon: this.epsilon };
    return this.graph.node('SimplifiedLayerNormalization', [input, this.gamma(weight, size)], { attributes }, output);
  }

  /** Adds `change` to the residual and normalises; returns [normalised, sum]. */
  addAndNorm(residual: string, change: string, weight: string): [string, string] {
    const inputs = [residual, change, this.gamma(weight, this.config.hiddenSize)];
    const outputs = this.graph.nodes('SkipSimplifiedLayerNormalization', inputs, 4, {
      attributes: { epsilon: this.epsilon },
      domain: 'com.microsoft',
    });
    return [outputs[0], outputs[3]];
  }

  private gamma(name: string, size: number): string {
    const { normOffset } = this.config;
    const weights = this.weights.read(name, [size]);
    return this.graph.constant(name, normOffset === 0 ? weights : weights.map((weight) => weight + normOffset), [size]);
  }
}
