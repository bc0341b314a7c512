import { GRAPH } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';
import type { GraphOptions } from '../graph-options.js';
import type { PassForms } from '../pass-forms.js';
import type { Stage } from '../stages.js';
import { attentionAttributes } from './attention-attributes.js';
import type { AttentionInputs, AttentionShape } from './attention-shape.js';
import { BasicAttention } from './basic-attention.js';
import { DecodeAttention } from './decode-attention.js';

interface CachedAttentionOptions extends Pick<GraphOptions, 'cache' | 'attention'> {
  forms: PassForms;
}

/**
 * Adds attention to new tokens and to the cache to a graph, layer by layer, and then the outputs that carry the new keys and
 * values.
 */
export class CachedAttention {
  /** Reads a cache in host memory in place. */
  private readonly decode: DecodeAttention | undefined;
  private readonly basic: BasicAttention | undefined;
  /** The new key and value of each layer. */
  private readonly added: [key: string, value: string][] = [];
  private readonly rowShape: string;

  constructor(
    private readonly graph: GraphBuilder,
    private readonly shape: AttentionShape,
    private readonly options: CachedAttentionOptions,
  ) {
    const { layers, heads, kvHeads, headDim } = shape;
    for (let layer = 0; layer < layers; layer++) {
      for (const name of [GRAPH.pastKey(layer), GRAPH.pastValue(layer)]) {
        graph.input(name, 'float32', ['B', kvHeads, 'C', headDim]);
      }
    }
    this.rowShape = graph.constant('shape_query_rows', BigInt64Array.of(-1n, BigInt(heads * headDim)), [2]);
    if (options.attention === 'basic') this.basic = new BasicAttention(graph, shape);
    else if (options.cache === 'host') this.decode = new DecodeAttention(graph, shape);
  }

  /**
   * @param inputs `[B, S, ...]` each
   * @returns `[B * S, heads * headDim]`
   */
  apply(layer: number, inputs: AttentionInputs): string {
    const { basic, decode } = this;
    this.added[layer] = [inputs.key, inputs.value];
    if (basic) return this.rows(basic.apply(layer, inputs));
    if (!decode) {
      const present: [string, string] = [GRAPH.presentKey(layer), GRAPH.presentValue(layer)];
      return this.rows(this.appending(layer, inputs, present));
    }
    return this.options.forms.choose(
      () => decode.apply(layer, inputs),
      () => this.rows(this.appending(layer, inputs)),
    );
  }

  /** The new keys and values of some layers, side by side: `[B, S, layers * 2 * kvHeads * headDim]`. */
  newKeyValues({ from, to }: Stage): string {
    return this.graph.node('Concat', this.added.slice(from, to).flat(), { attributes: { axis: -1 } });
  }

  /**
   * Declares the keys and values of the pass as outputs of the graph.
   * @param newKeyValues those of {@link newKeyValues} in the order of the layers, where they were made already
   */
  outputs(newKeyValues = this.added.flat()): void {
    const { graph } = this;
    const { layers, kvHeads, headDim } = this.shape;
    if (this.options.cache === 'host') {
      graph.node('Concat', newKeyValues, { attributes: { axis: -1 } }, GRAPH.newKeyValues);
      graph.output(GRAPH.newKeyValues, 'float32', ['B', 'S', 'new keys and values']);
      return;
    }
    for (let layer = 0; layer < layers; layer++) {
      for (const name of [GRAPH.presentKey(layer), GRAPH.presentValue(layer)]) {
        graph.output(name, 'float32', ['B', kvHeads, 'C', headDim]);
      }
    }
  }

  /** The result of attention, `[B, S, heads * headDim]`, by token. */
  private rows(attention: string): string {
    return this.graph.node('Reshape', [attention, this.rowShape]);
  }

  /**
   * Attention that appends the new keys and values to a copy of the past. On the host that copy is given up; several new
   * tokens of a sequence share its cost.
   */
  private appending(
    layer: number,
    { query, key, value }: AttentionInputs,
    present?: [key: string, value: string],
  ): string {
    const past = [GRAPH.pastKey(layer), GRAPH.pastValue(layer)];
    const inputs = [query, key, value, ...past, GRAPH.lastPositions, GRAPH.totalLength];
    const options = { attributes: attentionAttributes(this.shape, layer), domain: 'com.microsoft' as const };
    return this.graph.nodes('GroupQueryAttention', inputs, 3, options, present)[0];
  }
}
