import type { ModelConfig } from '../../model/model-config.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { MatrixPart } from '../linear/linear-layers.js';
import type { DecoderLayers } from './decoder-layers.js';

/** Adds gated MLPs to a graph: down(activation(gate(x)) * up(x)) (https://arxiv.org/abs/2002.05202). */
export class FeedForward {
  constructor(
    private readonly graph: GraphBuilder,
    private readonly config: ModelConfig,
    private readonly layers: DecoderLayers,
  ) {}

  /** @param input `[B * S, hiddenSize]`, as the result */
  apply(prefix: string, input: string): string {
    const { graph, layers } = this;
    const { hiddenSize, intermediateSize, biases, fusedProjections, residualScale } = this.config;
    const parts: MatrixPart[] = fusedProjections
      ? [[`${prefix}mlp.gate_up_proj`, 2 * intermediateSize]]
      : [
          [`${prefix}mlp.gate_proj`, intermediateSize],
          [`${prefix}mlp.up_proj`, intermediateSize],
        ];
    const up = { name: `${prefix}gate_up`, parts, columns: hiddenSize, readsStream: true };
    const gateAndUp = layers.project(input, up, biases.mlp);
    const [gate, linear] = graph.nodes('Split', [gateAndUp], 2, { attributes: { axis: -1, num_outputs: 2 } });
    const gated = graph.node('Mul', [this.activate(gate), linear]);
    const down = {
      name: `${prefix}down`,
      parts: [[`${prefix}mlp.down_proj`, hiddenSize] as MatrixPart],
      columns: intermediateSize,
      scale: residualScale,
    };
    return layers.project(gated, down, biases.mlp);
  }

  private activate(gate: string): string {
    const { graph } = this;
    // GELU in its approximation by tanh.
    if (this.config.activation === 'gelu_tanh') return graph.node('FastGelu', [gate], { domain: 'com.microsoft' });
    // x * sigmoid(alpha * x), which is SiLU at alpha = 1.
    return graph.node('QuickGelu', [gate], { attributes: { alpha: { float: 1 } }, domain: 'com.microsoft' });
  }
}
