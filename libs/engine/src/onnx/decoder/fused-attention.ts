import type { GraphBuilder } from '../../graph/graph-builder.js';
import { GRAPH } from '../../graph/delta-cache-interface.js';
import { intOf, nodeLabel, type OnnxNode } from '../format/onnx-model.js';
import type { GraphImporter } from '../rewrite/graph-importer.js';
import type { GraphIndex } from '../rewrite/graph-index.js';
import type { AttentionRule } from './probe-attention.js';

/** The places of a `GroupQueryAttention`'s inputs: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md */
const INPUT = { query: 0, key: 1, value: 2, pastKey: 3, cos: 7, sin: 8, firstUnknown: 10 } as const;

/** A layer of an ONNX file that attends with a `GroupQueryAttention`. */
export class FusedAttention {
  readonly heads: number;
  readonly kvHeads: number;

  constructor(
    private readonly node: OnnxNode,
    private readonly index: GraphIndex,
    private readonly headDim: number,
  ) {
    this.heads = intOf(node, 'num_heads') ?? 0;
    this.kvHeads = intOf(node, 'kv_num_heads') ?? 0;
  }

  /** The node of a layer, where it has one. */
  static find(index: GraphIndex, pastKey: string): OnnxNode | undefined {
    return index
      .consumers(pastKey)
      .find(({ operator, inputs }) => operator === 'GroupQueryAttention' && inputs[INPUT.pastKey] === pastKey);
  }

  /** Why the engine's attention cannot take its place; `undefined` where it can. */
  get reasonAgainst(): string | undefined {
    const { node } = this;
    const float = (name: string): number => node.attributes.find((attribute) => attribute.name === name)?.float ?? 0;
    if (float('softcap') !== 0) return `${nodeLabel(node)} caps its scores`;
    if ((intOf(node, 'smooth_softmax') ?? 0) > 0) return `${nodeLabel(node)} has a smooth softmax`;
    if (node.inputs.slice(INPUT.firstUnknown).some((input) => input !== '')) {
      return `${nodeLabel(node)} has a bias, a sink or scales of its cache`;
    }
    const tables = [node.inputs[INPUT.cos], node.inputs[INPUT.sin]];
    if (this.rotates && !tables.every((table) => table && this.index.constant(table))) {
      return `${nodeLabel(node)} rotates by tables that are computed in each pass`;
    }
    return undefined;
  }

  get rule(): AttentionRule {
    const scale = this.node.attributes.find(({ name }) => name === 'scale')?.float ?? 0;
    const window = intOf(this.node, 'local_window_size') ?? -1;
    return { scale: scale === 0 ? 1 / Math.sqrt(this.headDim) : scale, window: window > 0 ? window : undefined };
  }

  /** The result, `[B, S, heads * headDim]`. */
  get output(): string {
    return this.node.outputs[0];
  }

  /** The values that it is made of. */
  get needs(): string[] {
    return this.node.inputs.slice(0, INPUT.pastKey).filter((input) => input !== '');
  }

  /** Queries and keys of the new tokens, rotated, and their values, `[B, S, ...]` each. */
  inputs(builder: GraphBuilder, importer: GraphImporter): { query: string; key: string; value: string } {
    const { node } = this;
    const [packed, key] = node.inputs;
    const [query, keys, values] =
      key === '' ? this.split(builder, importer.name(packed)) : this.needs.map((input) => importer.name(input));
    if (!this.rotates) return { query, key: keys, value: values };
    const rotated = (value: string, heads: number): string => this.rotate(builder, importer, value, heads);
    return { query: rotated(query, this.heads), key: rotated(keys, this.kvHeads), value: values };
  }

  private get rotates(): boolean {
    return (intOf(this.node, 'do_rotary') ?? 0) !== 0;
  }

  private split(builder: GraphBuilder, packed: string): string[] {
    const sizes = [this.heads, this.kvHeads, this.kvHeads].map((heads) => BigInt(heads * this.headDim));
    const list = builder.constant(`parts of ${this.output}`, BigInt64Array.from(sizes), [3]);
    return builder.nodes('Split', [packed, list], 3, { attributes: { axis: -1 } });
  }

  private rotate(builder: GraphBuilder, importer: GraphImporter, value: string, heads: number): string {
    const [cos, sin] = [INPUT.cos, INPUT.sin].map((place) => this.node.inputs[place]);
    const rotaryDim = 2 * this.index.constant(cos)!.dims[1];
    const attributes = {
      interleaved: intOf(this.node, 'rotary_interleaved') ?? 0,
      num_heads: heads,
      // 0 is the whole head.
      rotary_embedding_dim: rotaryDim === this.headDim ? 0 : rotaryDim,
    };
    const inputs = [value, GRAPH.positionIds, importer.name(cos), importer.name(sin)];
    return builder.node('RotaryEmbedding', inputs, { attributes, domain: 'com.microsoft' });
  }
}
