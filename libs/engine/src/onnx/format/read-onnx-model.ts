import {
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxModel,
  type OnnxNode,
  onnxTypeOf,
  type OnnxValueInfo,
} from './onnx-model.js';
import { ProtobufError, protobufFields, signed, textOf } from './protobuf-reader.js';
import { integersOf, readTensor } from './read-tensor.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** Graphs within graphs are one or two deep in practice. */
const MAX_DEPTH = 16;

/**
 * Reads an `onnx.ModelProto`. Tensors are views of the given bytes.
 * @throws `ProtobufError` with the reason where the bytes are none
 */
export function readOnnxModel(bytes: Bytes): OnnxModel {
  const opsets = new Map<string, number>();
  const functions: string[] = [];
  let graph: OnnxGraph | undefined;
  for (const field of protobufFields(bytes)) {
    if (field.number === 7) graph = readGraph(field.bytes, 0);
    else if (field.number === 8) {
      const { domain, version } = readOpset(field.bytes);
      opsets.set(domain, version);
    } else if (field.number === 25) functions.push(nameOf(field.bytes));
  }
  if (!graph) throw new ProtobufError('it holds no graph');
  return { opsets, graph, functions };
}

function readOpset(bytes: Bytes): { domain: string; version: number } {
  let domain = '';
  let version = 1;
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) domain = textOf(field.bytes);
    else if (field.number === 2) version = Number(field.integer);
  }
  return { domain: domain === 'ai.onnx' ? '' : domain, version };
}

function nameOf(bytes: Bytes): string {
  for (const field of protobufFields(bytes)) if (field.number === 1) return textOf(field.bytes);
  return '';
}

function readGraph(bytes: Bytes, depth: number): OnnxGraph {
  if (depth > MAX_DEPTH) throw new ProtobufError(`graphs are nested more than ${MAX_DEPTH} deep`);
  const graph: OnnxGraph = { name: '', nodes: [], initializers: new Map(), inputs: [], outputs: [] };
  for (const field of protobufFields(bytes)) {
    switch (field.number) {
      case 1:
        graph.nodes.push(readNode(field.bytes, depth));
        break;
      case 2:
        graph.name = textOf(field.bytes);
        break;
      case 5: {
        const tensor = readTensor(field.bytes);
        graph.initializers.set(tensor.name, tensor);
        break;
      }
      case 11:
        graph.inputs.push(readValueInfo(field.bytes));
        break;
      case 12:
        graph.outputs.push(readValueInfo(field.bytes));
        break;
      case 15:
        throw new ProtobufError('it has sparse tensors');
    }
  }
  graph.inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  return graph;
}

function readNode(bytes: Bytes, depth: number): OnnxNode {
  const node: OnnxNode = { name: '', operator: '', domain: '', inputs: [], outputs: [], attributes: [] };
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) node.inputs.push(textOf(field.bytes));
    else if (field.number === 2) node.outputs.push(textOf(field.bytes));
    else if (field.number === 3) node.name = textOf(field.bytes);
    else if (field.number === 4) node.operator = textOf(field.bytes);
    else if (field.number === 5) node.attributes.push(readAttribute(field.bytes, depth));
    else if (field.number === 7) node.domain = textOf(field.bytes);
  }
  if (node.domain === 'ai.onnx') node.domain = '';
  return node;
}

function readAttribute(bytes: Bytes, depth: number): OnnxAttribute {
  const attribute: OnnxAttribute = { name: '', encoded: bytes };
  const ints: number[] = [];
  for (const field of protobufFields(bytes)) {
    switch (field.number) {
      case 1:
        attribute.name = textOf(field.bytes);
        break;
      case 2:
        attribute.float = floatOf(field.bytes);
        break;
      case 3:
        attribute.int = Number(signed(field.integer));
        break;
      case 4:
        attribute.text = textOf(field.bytes);
        break;
      case 5:
        attribute.tensor = readTensor(field.bytes);
        break;
      case 6:
        attribute.graph = readGraph(field.bytes, depth + 1);
        break;
      case 8:
        for (const integer of integersOf(field)) ints.push(Number(integer));
        attribute.ints = ints;
        break;
      case 10:
      case 11:
        throw new ProtobufError(`the attribute "${attribute.name}" is a list of tensors or graphs`);
    }
  }
  return attribute;
}

function floatOf(bytes: Bytes): number {
  if (bytes.length !== 4) throw new ProtobufError(`a number of 32 bits has ${bytes.length} bytes`);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
}

function readValueInfo(bytes: Bytes): OnnxValueInfo {
  const info: OnnxValueInfo = { name: '', type: undefined, dims: undefined };
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) info.name = textOf(field.bytes);
    else if (field.number === 2) {
      for (const kind of protobufFields(field.bytes)) if (kind.number === 1) readTensorType(kind.bytes, info);
    }
  }
  return info;
}

function readTensorType(bytes: Bytes, info: OnnxValueInfo): void {
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) info.type = onnxTypeOf(Number(field.integer));
    else if (field.number === 2) {
      info.dims = [...protobufFields(field.bytes)]
        .filter(({ number }) => number === 1)
        .map((dimension) => readDimension(dimension.bytes));
    }
  }
}

function readDimension(bytes: Bytes): number | string | undefined {
  for (const field of protobufFields(bytes)) {
    if (field.number === 1) {
      const size = Number(signed(field.integer));
      // Some exporters write what is free as a number that no size is.
      return size < 0 ? undefined : size;
    }
    if (field.number === 2) return textOf(field.bytes) || undefined;
  }
  return undefined;
}
