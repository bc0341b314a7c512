import { rotaryTables } from '../decoder/rotary-tables.js';
import type { ExternalDataFile } from '../external-data-file.js';
import type { MatrixPart } from '../linear/linear-layers.js';
import type { Precision } from '../quantization/precision.js';
import type { EncoderParts } from './bert.js';
import { EncoderAttention } from './encoder-attention.js';
import { ENCODER_GRAPH } from './encoder-interface.js';
import { scoreBias } from './score-bias.js';

/** Added to scores of keys that a query does not attend to; finite, since places of padding may attend to nothing else. */
const NEVER = -1e9;

interface ModernBertOptions {
  data: ExternalDataFile;
  precision: Exclude<Precision, 'int4'>;
  onLayer: (layers: number) => void;
}

/** Adds ModernBERT to a graph: the input of each part of a layer is normalised, nothing has a bias, the MLP is gated. */
export function addModernBert(
  parts: EncoderParts,
  prefix: string,
  { data, precision, onLayer }: ModernBertOptions,
): void {
  const { graph, config, linear, weights } = parts;
  const { hiddenSize: size, intermediateSize, vocabSize, layers } = config;
  const epsilon = { float: config.normEps };
  const gamma = (name: string): string => graph.constant(name, weights.read(name, [size]), [size]);
  const project = (input: string, name: string, rows: number, columns: number): string =>
    linear.apply(precision, input, { name, parts: [[name, rows] as MatrixPart], columns });
  const norm = (input: string, name: string, output?: string): string =>
    graph.node('LayerNormalization', [input, gamma(name)], { attributes: { axis: -1, epsilon } }, output);
  const attention = new EncoderAttention(graph, { ...config, kvHeads: config.heads });
  const traits = new ModernAttentionTraits(parts, data);
  const halves = graph.constant('halves', BigInt64Array.of(BigInt(intermediateSize), BigInt(intermediateSize)), [2]);

  const words = `${prefix}embeddings.tok_embeddings.weight`;
  const embedded = linear.gather(precision, ENCODER_GRAPH.inputIds, {
    name: words,
    parts: [[words, vocabSize]],
    columns: size,
  });
  let residual = norm(embedded, `${prefix}embeddings.norm.weight`);
  let normed = residual;
  for (let layer = 0; layer < layers; layer++) {
    const name = `${prefix}layers.${layer}.`;
    const qkv = project(normed, `${name}attn.Wqkv.weight`, 3 * size, size);
    const attended = project(attention.apply(qkv, traits.of(layer)), `${name}attn.Wo.weight`, size, size);
    residual = graph.node('Add', [residual, attended]);
    normed = norm(residual, `${name}mlp_norm.weight`);
    const both = project(normed, `${name}mlp.Wi.weight`, 2 * intermediateSize, size);
    const [value, gate] = graph.nodes('Split', [both, halves], 2, { attributes: { axis: -1 } });
    const fed = project(
      graph.node('Mul', [graph.node('Gelu', [value]), gate]),
      `${name}mlp.Wo.weight`,
      size,
      intermediateSize,
    );
    residual = graph.node('Add', [residual, fed]);
    if (layer < layers - 1) normed = norm(residual, `${prefix}layers.${layer + 1}.attn_norm.weight`);
    onLayer(layer + 1);
  }
  norm(residual, `${prefix}final_norm.weight`, ENCODER_GRAPH.hidden);
}

/** The rotations and windows of layers, each kind of which is stored once. */
class ModernAttentionTraits {
  private readonly tables = new Map<number, { cos: string; sin: string }>();
  private readonly windows = new Map<number, string>();

  constructor(
    private readonly parts: EncoderParts,
    private readonly data: ExternalDataFile,
  ) {}

  of(layer: number): { bias?: string; rotation: { cos: string; sin: string } } {
    const { theta, window } = this.parts.config.rotations![layer];
    return { rotation: this.tablesOf(theta), ...(window !== undefined && { bias: this.windowBias(window) }) };
  }

  private tablesOf(theta: number): { cos: string; sin: string } {
    const known = this.tables.get(theta);
    if (known) return known;
    const { graph, config } = this.parts;
    const { headDim } = config;
    // Padding may reach a few places further than texts do.
    const positions = Math.ceil(config.maxPositions / 8) * 8;
    const frequencies = Float64Array.from({ length: headDim / 2 }, (_, i) => theta ** ((-2 * i) / headDim));
    const tables = rotaryTables([0, positions], frequencies, 1);
    const store = (name: string, table: Float32Array): string =>
      graph.external(`${name}_${theta}`, 'float32', [positions, headDim / 2], this.data.append(table));
    const stored = { cos: store('cos', tables.cos), sin: store('sin', tables.sin) };
    this.tables.set(theta, stored);
    return stored;
  }

  private windowBias(window: number): string {
    const known = this.windows.get(window);
    if (known !== undefined) return known;
    const { graph, config } = this.parts;
    const middle = config.maxPositions - 1;
    const biases = Float32Array.from({ length: 2 * middle + 1 }, (_, i) =>
      Math.abs(i - middle) <= window ? 0 : NEVER,
    );
    const bias = scoreBias(graph, `window_${window}`, { biases, heads: 1 });
    this.windows.set(window, bias);
    return bias;
  }
}
