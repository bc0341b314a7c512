import type { ExternalDataRange } from './external-data-file.js';
import { ATTRIBUTE_TYPE, DATA_TYPE, type DataType } from './data-types.js';
import { type Attribute, writeAttribute } from './attribute.js';
import { type EncodedNode, type EncodedTensor, writeNode } from './encoded-graph.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** The version of the format that opset 23 came with, and that of all before. */
const IR_VERSIONS = { since23: 11, before: 10 } as const;

/** A dimension is a size, or the name of a size that is known at run time. */
type Dimension = number | string;

type ConstantData = Float32Array | Uint8Array | Int8Array | Int32Array | BigInt64Array;

interface NodeOptions {
  attributes?: Record<string, Attribute>;
  /** The operator set; the empty string is ONNX's own. */
  domain?: '' | 'com.microsoft';
  /** Places of outputs that are left out. */
  unused?: number[];
}

/**
 * Builds an ONNX `ModelProto`. Values are named by their place; the largest tensors stay in a file of their own.
 * Messages and field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
export class GraphBuilder {
  /** The graph or, while a branch is built, the branch. */
  private nodeScope = new ProtobufWriter();
  /** The number of branches around the present scope. */
  private depth = 0;
  private readonly initializers = new ProtobufWriter();
  private readonly interface = new ProtobufWriter();
  /** The tensors of the graph itself, which has each once. */
  private readonly tensors = new Set<string>();
  private values = 0;

  /**
   * @param externalData the data file's name, relative to the graph's own folder
   * @param opset 21 unless a node needs a later one: not every execution provider has kernels for those
   */
  constructor(
    private readonly name: string,
    private readonly externalData: string,
    private readonly opset: number = 21,
  ) {}

  input(name: string, type: DataType, dimensions: Dimension[]): string {
    this.valueInfo(11, name, type, dimensions);
    return name;
  }

  /** Declares the node output `name` as an output of the graph. */
  output(name: string, type: DataType, dimensions: Dimension[]): void {
    this.valueInfo(12, name, type, dimensions);
  }

  /**
   * Declares the shape of a node's output and returns its name. ONNX Runtime infers most shapes, but not which of their unknown
   * sizes are equal: it then looks for a buffer of the same size among all that are free, in vain.
   */
  shaped(name: string, type: DataType, dimensions: Dimension[]): string {
    this.valueInfo(13, name, type, dimensions, this.nodeScope);
    return name;
  }

  /** A small tensor, stored in the graph itself. */
  constant(name: string, data: ConstantData, dimensions: number[]): string {
    this.initializer(name, dataTypeOf(data), dimensions, (tensor) =>
      tensor.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    );
    return name;
  }

  /**
   * A tensor whose bytes are in the external data file. Where it is made in a branch of a branch, it belongs to that, since ONNX Runtime
   * prepares no weights from so far outside for its products.
   */
  external(name: string, type: DataType, dimensions: number[], range: ExternalDataRange): string {
    const entries = { location: this.externalData, offset: String(range.offset), length: String(range.byteLength) };
    const data = (tensor: ProtobufWriter): void => {
      for (const [key, value] of Object.entries(entries)) {
        tensor.message(13, (entry) => entry.string(1, key).string(2, value));
      }
      tensor.varint(14, 1);
    };
    this.initializer(name, type, dimensions, data, this.depth > 1 ? this.nodeScope : this.initializers);
    return name;
  }

  /** A small tensor of any type, stored in the graph itself. */
  encodedTensor({ name, type, dims, data }: EncodedTensor): string {
    this.initializer(name, type, dims, (tensor) => tensor.bytes(9, data));
    return name;
  }

  /** Adds a node of another graph, with the names of this one's values. */
  encodedNode(node: EncodedNode): void {
    this.nodeScope.message(1, (message) => writeNode(message, node));
  }

  /** Adds a node with one output and returns the output's name: the given one, or a new one. */
  node(operator: string, inputs: string[], options: NodeOptions = {}, output = this.newName(operator)): string {
    this.add(operator, inputs, [output], options);
    return output;
  }

  /** Adds a node with several outputs and returns their names, the last of which may be given. */
  nodes(
    operator: string,
    inputs: string[],
    outputs: number,
    options: NodeOptions = {},
    lastNames: string[] = [],
  ): string[] {
    const made = Array.from({ length: outputs - lastNames.length }, () => this.newName(operator));
    const names = [...made, ...lastNames];
    this.add(operator, inputs, names, options);
    return names;
  }

  /**
   * Adds an `If` node: at run time one of two branches is computed, as the scalar `condition` says. Branches may use
   * every value and weight of the graph; each returns the name of its float32 result.
   */
  choose(condition: string, whenTrue: () => string, whenFalse: () => string, output = this.newName('If')): string {
    return this.chooseAll(
      condition,
      () => [whenTrue()],
      () => [whenFalse()],
      [output],
    )[0];
  }

  /** As {@link choose}, with as many results of each branch as there are names for them. */
  chooseAll(condition: string, whenTrue: () => string[], whenFalse: () => string[], outputs: string[]): string[] {
    const branches = { then_branch: this.branch(whenTrue), else_branch: this.branch(whenFalse) };
    this.nodeScope.message(1, (node) => {
      node.string(1, condition);
      for (const output of outputs) node.string(2, output);
      node.string(3, outputs[0]).string(4, 'If');
      for (const [name, graph] of Object.entries(branches)) {
        node.message(5, (branch) => branch.string(1, name).bytes(6, graph).varint(20, ATTRIBUTE_TYPE.graph));
      }
    });
    return outputs;
  }

  /** The finished `onnx.ModelProto`. */
  build(): Uint8Array {
    this.nodeScope.string(2, this.name);
    const model = new ProtobufWriter()
      .varint(1, this.opset < 23 ? IR_VERSIONS.before : IR_VERSIONS.since23)
      .string(2, 'frontier-inference');
    model.bytes(7, concat([this.nodeScope, this.initializers, this.interface]));
    model.message(8, (opset) => opset.string(1, '').varint(2, this.opset));
    model.message(8, (opset) => opset.string(1, 'com.microsoft').varint(2, 1));
    return model.finish();
  }

  newName(operator: string): string {
    return `${operator}_${this.values++}`;
  }

  /** An `onnx.GraphProto` with the nodes that `build` adds. */
  private branch(build: () => string[]): Uint8Array {
    const outer = this.nodeScope;
    const inner = (this.nodeScope = new ProtobufWriter());
    this.depth++;
    try {
      const results = build();
      inner.string(2, `branch of ${this.name}`);
      for (const result of results) {
        inner.message(12, (info) =>
          info.string(1, result).message(2, (type) => type.message(1, (tensor) => tensor.varint(1, DATA_TYPE.float32))),
        );
      }
      return inner.finish();
    } finally {
      this.nodeScope = outer;
      this.depth--;
    }
  }

  private add(
    operator: string,
    inputs: string[],
    outputs: string[],
    { attributes = {}, domain = '', unused = [] }: NodeOptions,
  ): void {
    this.nodeScope.message(1, (node) => {
      for (const input of inputs) node.string(1, input);
      for (const [place, output] of outputs.entries()) node.string(2, unused.includes(place) ? '' : output);
      node.string(3, outputs[0]).string(4, operator);
      for (const [name, value] of Object.entries(attributes)) node.message(5, writeAttribute(name, value));
      node.string(7, domain);
    });
  }

  private valueInfo(
    field: number,
    name: string,
    type: DataType,
    dimensions: Dimension[],
    scope = this.interface,
  ): void {
    scope.message(field, (info) =>
      info.string(1, name).message(2, (typeProto) =>
        typeProto.message(1, (tensor) =>
          tensor.varint(1, DATA_TYPE[type]).message(2, (shape) => {
            for (const size of dimensions) {
              shape.message(1, (dim) => (typeof size === 'number' ? dim.varint(1, size) : dim.string(2, size)));
            }
          }),
        ),
      ),
    );
  }

  private initializer(
    name: string,
    type: DataType,
    dimensions: readonly number[],
    data: (tensor: ProtobufWriter) => void,
    scope = this.initializers,
  ): void {
    if (scope === this.initializers) {
      if (this.tensors.has(name)) return;
      this.tensors.add(name);
    }
    scope.message(5, (tensor) => {
      for (const size of dimensions) tensor.varint(1, size);
      tensor.varint(2, DATA_TYPE[type]).string(8, name);
      data(tensor);
    });
  }
}

function dataTypeOf(data: ConstantData): DataType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Int8Array ? 'int8' : 'int64';
}

function concat(writers: ProtobufWriter[]): Uint8Array {
  return Buffer.concat(writers.map((writer) => writer.finish()));
}
