import { DATA_TYPE, type DataType } from '../../graph/data-types.js';

export type OnnxType = DataType;

/** The element type of a number of `onnx.TensorProto.DataType`; `undefined` for one that the engine has no name for. */
export function onnxTypeOf(number: number): OnnxType | undefined {
  return TYPE_NAMES.get(number);
}

const TYPE_NAMES = new Map(Object.entries(DATA_TYPE).map(([name, number]) => [number as number, name as OnnxType]));

/** A tensor with its elements, little-endian and row-major, in the file or in another one. */
export interface OnnxTensor {
  name: string;
  type: OnnxType;
  dims: number[];
  data: Uint8Array<ArrayBuffer> | ExternalBytes;
}

/** The place of bytes in a file beside the model's. */
export interface ExternalBytes {
  /** Relative to the model's folder. */
  location: string;
  offset: number;
  /** Default: up to the end of the file. */
  length?: number;
}

/** An attribute: a graph, a tensor, or the bytes of its `AttributeProto` with the values that the engine reads. */
export interface OnnxAttribute {
  name: string;
  graph?: OnnxGraph;
  tensor?: OnnxTensor;
  /** The whole message, for attributes that are neither. */
  encoded: Uint8Array;
  int?: number;
  float?: number;
  text?: string;
  ints?: number[];
}

export interface OnnxNode {
  name: string;
  operator: string;
  /** The empty string is ONNX's own. */
  domain: string;
  /** Names of values; the empty string where an optional one is left out. */
  inputs: string[];
  outputs: string[];
  attributes: OnnxAttribute[];
}

/** The declaration of an input or an output; dimensions that are not known have a name, or none. */
export interface OnnxValueInfo {
  name: string;
  /** `undefined` for what is no tensor. */
  type: OnnxType | undefined;
  /** `undefined` where the rank is not declared. */
  dims: (number | string | undefined)[] | undefined;
}

export interface OnnxGraph {
  name: string;
  nodes: OnnxNode[];
  initializers: Map<string, OnnxTensor>;
  /** Without initializers, which old files list here as well. */
  inputs: OnnxValueInfo[];
  outputs: OnnxValueInfo[];
}

/** What an ONNX file says, `onnx.ModelProto`: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
export interface OnnxModel {
  /** Versions of operator sets by their domain. */
  opsets: Map<string, number>;
  graph: OnnxGraph;
  /** Functions of the model's own, by name. */
  functions: string[];
}

/** How errors name a node. */
export function nodeLabel({ name, operator }: OnnxNode): string {
  return name === '' ? `a node ${operator}` : `${operator} "${name}"`;
}

/** The value of an attribute that is a number. */
export function intOf(node: OnnxNode, attribute: string): number | undefined {
  return node.attributes.find(({ name }) => name === attribute)?.int;
}

/** The version of ONNX's own operators that a file is written for. */
export function opsetOf({ opsets }: OnnxModel): number {
  return opsets.get('') ?? 1;
}
