import { ATTRIBUTE_TYPE, DATA_TYPE, type DataType } from './data-types.js';
import { ProtobufWriter } from './protobuf-writer.js';

/** A node of another graph, whose attributes are written already, and tensors of theirs. */
export interface EncodedNode {
  operator: string;
  domain: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** `onnx.AttributeProto` each. */
  attributes: readonly Uint8Array[];
}

/** A tensor of any type. */
export interface EncodedTensor {
  name: string;
  type: DataType;
  dims: readonly number[];
  data: Uint8Array;
}

/** Writes an `onnx.NodeProto`. */
export function writeNode(
  message: ProtobufWriter,
  { operator, domain, inputs, outputs, attributes }: EncodedNode,
): void {
  for (const input of inputs) message.string(1, input);
  for (const output of outputs) message.string(2, output);
  message.string(3, outputs[0]).string(4, operator);
  for (const encoded of attributes) message.bytes(5, encoded);
  message.string(7, domain);
}

/** Writes an `onnx.TensorProto`. */
function writeTensor(message: ProtobufWriter, { name, type, dims, data }: EncodedTensor): void {
  for (const size of dims) message.varint(1, size);
  message.varint(2, DATA_TYPE[type]).string(8, name).bytes(9, data);
}

/** An `onnx.AttributeProto` that is a tensor. */
export function tensorAttribute(name: string, tensor: EncodedTensor): Uint8Array {
  return new ProtobufWriter()
    .string(1, name)
    .message(5, (message) => writeTensor(message, tensor))
    .varint(20, ATTRIBUTE_TYPE.tensor)
    .finish();
}

/** An `onnx.AttributeProto` that is a whole number. */
export function intAttribute(name: string, value: number): Uint8Array {
  return new ProtobufWriter().string(1, name).varint(3, value).varint(20, ATTRIBUTE_TYPE.int).finish();
}

/** A graph within a graph: without shapes, which ONNX Runtime infers. */
export interface EncodedGraph {
  nodes: readonly EncodedNode[];
  tensors: readonly EncodedTensor[];
  /** With their types; outputs may have none. */
  inputs: readonly { name: string; type: DataType | undefined }[];
  outputs: readonly { name: string; type: DataType | undefined }[];
}

/** An `onnx.AttributeProto` that is a graph. */
export function graphAttribute(name: string, { nodes, tensors, inputs, outputs }: EncodedGraph): Uint8Array {
  const graph = new ProtobufWriter();
  for (const node of nodes) graph.message(1, (message) => writeNode(message, node));
  graph.string(2, name);
  for (const tensor of tensors) graph.message(5, (message) => writeTensor(message, tensor));
  for (const [field, values] of [[11, inputs] as const, [12, outputs] as const]) {
    for (const { name: value, type } of values) {
      graph.message(field, (info) => {
        info.string(1, value);
        if (type === undefined) return;
        info.message(2, (proto) => proto.message(1, (tensor) => tensor.varint(1, DATA_TYPE[type])));
      });
    }
  }
  return new ProtobufWriter().string(1, name).bytes(6, graph.finish()).varint(20, ATTRIBUTE_TYPE.graph).finish();
}
