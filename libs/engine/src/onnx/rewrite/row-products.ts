import type { GraphBuilder } from '../../graph/graph-builder.js';
import type { OnnxNode } from '../format/onnx-model.js';
import type { GraphImporter } from './graph-importer.js';
import type { GraphIndex } from './graph-index.js';

/** 8-bit activations are unsigned, around this zero point. */
const ACTIVATION_ZERO = 128;
const MAX_ACTIVATION = 127;

/** A product with weights of 8 bits, of activations that the file quantises as it runs: values of its graph. */
interface DynamicProduct {
  /** The activations, before they are quantised. */
  input: string;
  weights: string;
  /** Of the weights: one, or one for each column. */
  scale: string;
  zero: string | undefined;
  bias: string | undefined;
  output: string;
}

/**
 * Replaces products whose activations share one scale in the whole pass by such with a scale a row, so that a row's result depends on
 * the row alone: the same weights, and a finer scale for most rows. What tools for quantisation of ONNX Runtime make is known:
 * `DynamicQuantizeLinear` before `MatMulInteger` or `MatMulIntegerToFloat`, and `DynamicQuantizeMatMul`.
 */
export class RowProducts {
  /** Rows of 8 bits and their steps, by the value that was quantised. */
  private readonly quantised = new Map<string, { rows: string; steps: string }>();
  private shared: { axis: string; one: string; step: string; zero: string } | undefined;

  constructor(
    private readonly builder: GraphBuilder,
    private readonly index: GraphIndex,
    private readonly importer: GraphImporter,
  ) {}

  /** True if there is nothing that quantises all rows of a pass together beside the products that can be replaced. */
  static coverAll(index: GraphIndex): boolean {
    return index.graph.nodes.every((node) => {
      if (hasQuantisingInside(node)) return false;
      if (!isQuantising(node)) return true;
      if (node.operator !== 'DynamicQuantizeLinear') return productAt(index, node) !== undefined;
      return index.consumers(node.outputs[0]).every((reader) => productAt(index, reader));
    });
  }

  /** Replaces all that there are. */
  replace(): void {
    for (const node of this.index.graph.nodes) {
      const product = productAt(this.index, node);
      if (product) this.importer.replace(product.output, [product.input], () => this.make(product));
    }
  }

  private make({ input, weights, scale, zero, bias, output }: DynamicProduct): string {
    const { builder, importer, index } = this;
    const { axis, one, zero: activationZero } = (this.shared ??= this.sharedValues());
    const { rows, steps } = this.rowsOf(input);
    const inputs = [rows, importer.name(weights), one, importer.name(scale), activationZero];
    if (zero !== undefined) inputs.push(importer.name(zero));
    const product = builder.node('MatMulIntegerToFloat', inputs, { domain: 'com.microsoft' });
    const scaled = builder.node('Mul', [product, builder.node('Unsqueeze', [steps, axis])]);
    const biased = bias === undefined ? scaled : builder.node('Add', [scaled, importer.name(bias)]);
    const columns = index.constant(weights)!.dims.at(-1)!;
    const leading = builder.node('Shape', [importer.name(input)], { attributes: { end: -1 } });
    const last = builder.constant(`columns of ${output}`, BigInt64Array.of(BigInt(columns)), [1]);
    return builder.node('Reshape', [biased, builder.node('Concat', [leading, last], { attributes: { axis: 0 } })]);
  }

  /** The rows of a value in 8 bits, and the step of each. */
  private rowsOf(value: string): { rows: string; steps: string } {
    const known = this.quantised.get(value);
    if (known) return known;
    const { builder } = this;
    const { axis, step, zero } = this.shared!;
    const floats = builder.node('Flatten', [this.importer.name(value)], { attributes: { axis: -1 } });
    const largest = builder.node('ReduceMax', [builder.node('Abs', [floats]), axis], { attributes: { keepdims: 0 } });
    const steps = builder.node('Mul', [largest, step]);
    const zeros = builder.node('Expand', [zero, builder.node('Shape', [steps])]);
    const rows = builder.node('QuantizeLinear', [floats, steps, zeros], { attributes: { axis: 0 } });
    const made = { rows, steps };
    this.quantised.set(value, made);
    return made;
  }

  private sharedValues(): { axis: string; one: string; step: string; zero: string } {
    const { builder } = this;
    return {
      axis: builder.constant('row_products_axis', BigInt64Array.of(-1n), [1]),
      one: builder.constant('row_products_one', Float32Array.of(1), []),
      step: builder.constant('row_products_step', Float32Array.of(1 / MAX_ACTIVATION), []),
      zero: builder.constant('row_products_zero', Uint8Array.of(ACTIVATION_ZERO), []),
    };
  }
}

/** True for a node that takes one scale for all rows of a pass. */
export function isQuantising({ operator }: OnnxNode): boolean {
  return operator.startsWith('DynamicQuantize');
}

/** True if a graph within a node has such a node. */
export function hasQuantisingInside({ attributes }: OnnxNode): boolean {
  return attributes.some(({ graph }) => graph?.nodes.some((node) => isQuantising(node) || hasQuantisingInside(node)));
}

function productAt(index: GraphIndex, node: OnnxNode): DynamicProduct | undefined {
  const [a, weights, ...rest] = node.inputs;
  if (node.operator === 'DynamicQuantizeMatMul') {
    const [scale, zero, bias] = rest;
    return withConstants(index, { input: a, weights, scale, zero, bias, output: node.outputs[0] });
  }
  const source = index.producer(a);
  if (source?.operator !== 'DynamicQuantizeLinear') return undefined;
  const [input] = source.inputs;
  if (node.operator === 'MatMulIntegerToFloat') {
    const [, scale, , zero, bias] = rest;
    return withConstants(index, { input, weights, scale, zero, bias, output: node.outputs[0] });
  }
  if (node.operator !== 'MatMulInteger') return undefined;
  const scaled = onlyReader(index, onlyReader(index, node, 'Cast'), 'Mul');
  const factors = scaled?.inputs.map((value) => index.producer(value)).find((maker) => maker?.operator === 'Mul');
  const scale = factors?.inputs.find((value) => value !== source.outputs[1]);
  if (!scaled || !factors?.inputs.includes(source.outputs[1])) return undefined;
  return withConstants(index, { input, weights, scale, zero: rest[1], bias: undefined, output: scaled.outputs[0] });
}

/** The product, where its weights are the same in each pass. */
function withConstants(
  index: GraphIndex,
  { input, weights, scale, zero, bias, output }: Partial<Record<keyof DynamicProduct, string>>,
): DynamicProduct | undefined {
  const isConstant = (value: string | undefined): value is string => !!value && index.constant(value) !== undefined;
  if (input === undefined || output === undefined || !isConstant(weights) || !isConstant(scale)) return undefined;
  return { input, weights, scale, output, zero: zero || undefined, bias: bias || undefined };
}

function onlyReader(index: GraphIndex, node: OnnxNode | undefined, operator: string): OnnxNode | undefined {
  const readers = node ? index.consumers(node.outputs[0]) : [];
  return readers.length === 1 && readers[0].operator === operator ? readers[0] : undefined;
}
