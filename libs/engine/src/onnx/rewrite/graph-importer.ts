import { modelUnsupported } from '../../errors/engine.errors.js';
import type { ExternalDataFile } from '../../graph/external-data-file.js';
import {
  type EncodedNode,
  type EncodedTensor,
  graphAttribute,
  intAttribute,
  tensorAttribute,
} from '../../graph/encoded-graph.js';
import type { GraphBuilder } from '../../graph/graph-builder.js';
import type { OnnxFile } from '../format/onnx-file.js';
import {
  nodeLabel,
  type OnnxAttribute,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
  type OnnxType,
  opsetOf,
} from '../format/onnx-model.js';
import { elementCount, widened } from '../format/tensor-elements.js';
import { type GraphIndex, valuesRead } from './graph-index.js';
import { OLDEST_OPSET, upgradeNode } from './upgrade-node.js';

/** Larger tensors are stored beside the graph. ONNX Runtime computes with smaller ones while it loads a graph. */
const MAX_INNER_BYTES = 4096;

/** ONNX's own operators, and those of ONNX Runtime. */
const DOMAINS = new Set(['', 'com.microsoft']);

const FLOAT16 = 10;
const BFLOAT16 = 16;
const FLOAT32 = 1;

/** A value of the file's graph that the new one makes itself. */
interface Replacement {
  /** Values of the file's graph that it is made of. */
  needs: readonly string[];
  /** Adds its nodes and returns its name. */
  make: () => string;
}

interface ImportOptions {
  /** The new graph, of a version of ONNX's operators to which nodes are brought. */
  builder: GraphBuilder;
  file: OnnxFile;
  index: GraphIndex;
  /** The file for its tensors; default: they lie in the graph. */
  data?: ExternalDataFile;
}

/**
 * Takes over those nodes of an ONNX file that wanted values are made by, with replacements for some of its values. Numbers of 16 bits become
 * float32. Names of the file get a prefix, so that those of the new graph are free.
 */
export class GraphImporter {
  private readonly replacements = new Map<string, Replacement>();
  /** Names in the new graph of values of the file. */
  private readonly names = new Map<string, string>();
  private readonly version: number;
  private constants = 0;

  constructor(private readonly options: ImportOptions) {
    this.version = opsetOf(options.file.model);
    if (this.version >= OLDEST_OPSET) return;
    throw modelUnsupported(
      `${options.file.path} is written for version ${this.version} of ONNX's operators, and ${OLDEST_OPSET} is the oldest that is taken over. Export it again.`,
    );
  }

  /** Makes the new graph have its own value in place of one of the file's. */
  replace(value: string, needs: readonly string[], make: () => string): void {
    this.replacements.set(value, { needs, make });
  }

  /** The name that a value has in the new graph. */
  name(value: string): string {
    if (value === '') return '';
    let name = this.names.get(value);
    if (name === undefined) {
      name = this.replacements.get(value)?.make() ?? this.unreplaced(value);
      this.names.set(value, name);
    }
    return name;
  }

  /**
   * Adds the nodes that the values are made by.
   * @throws `model_unsupported` naming a node that reads an input without replacement, or that cannot be brought to the version
   */
  add(values: readonly string[]): void {
    const { graph } = this.options.index;
    const live = this.liveNodes(values);
    const inputs = new Set(graph.inputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      if (!live.has(node)) continue;
      for (const value of valuesRead(node)) {
        if (inputs.has(value) && !this.replacements.has(value))
          throw this.refusal(node, `it reads the input "${value}"`);
      }
      for (const encoded of this.encode(node, (value) => this.name(value))) this.options.builder.encodedNode(encoded);
    }
  }

  private liveNodes(values: readonly string[]): Set<OnnxNode> {
    const { index } = this.options;
    const live = new Set<OnnxNode>();
    const seen = new Set<string>();
    const queue = [...values];
    for (let value = queue.pop(); value !== undefined; value = queue.pop()) {
      if (seen.has(value)) continue;
      seen.add(value);
      const replacement = this.replacements.get(value);
      if (replacement) {
        queue.push(...replacement.needs);
        continue;
      }
      const node = index.producer(value);
      if (!node || live.has(node)) continue;
      live.add(node);
      queue.push(...valuesRead(node));
    }
    return live;
  }

  private unreplaced(value: string): string {
    const tensor = this.options.index.graph.initializers.get(value);
    return tensor ? this.addTensor(tensor) : prefixed(value);
  }

  private encode(node: OnnxNode, nameOf: (value: string) => string): EncodedNode[] {
    const { builder } = this.options;
    if (node.operator.startsWith('DynamicQuantize')) {
      throw this.refusal(
        node,
        'it takes one scale for all rows of a pass, and is no product with weights that are known',
      );
    }
    const upgraded = upgradeNode(node, this.version, (values) =>
      builder.constant(`upgraded_axes_${this.constants++}`, BigInt64Array.from(values, BigInt), [values.length]),
    );
    if (typeof upgraded === 'string') throw this.refusal(node, upgraded);
    if (!DOMAINS.has(node.domain)) throw this.refusal(node, `operators of "${node.domain}" are not taken over`);
    const between = new Set(upgraded.flatMap(({ outputs }) => outputs));
    const inputOf = (input: string): string => {
      if (node.inputs.includes(input)) return nameOf(input);
      // What an upgrade adds as a constant has its name already.
      return between.has(input) ? prefixed(input) : input;
    };
    return upgraded.map((each) => ({
      operator: each.operator,
      domain: each.domain,
      inputs: each.inputs.map(inputOf),
      outputs: each.outputs.map((output) => (output === '' ? '' : prefixed(output))),
      attributes: this.withFastProducts(each).map((attribute) => this.encodeAttribute(each, attribute, nameOf)),
    }));
  }

  private encodeAttribute(node: OnnxNode, attribute: OnnxAttribute, nameOf: (value: string) => string): Uint8Array {
    const { name, graph, tensor, int, encoded } = attribute;
    if (graph) return graphAttribute(name, this.encodeGraph(graph, nameOf));
    if (tensor) return tensorAttribute(name, this.float32Of(tensor));
    if (node.operator === 'Cast' && name === 'to' && (int === FLOAT16 || int === BFLOAT16)) {
      return intAttribute(name, FLOAT32);
    }
    return encoded;
  }

  private encodeGraph(graph: OnnxGraph, outer: (value: string) => string) {
    const own = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
    for (const { outputs } of graph.nodes) for (const output of outputs) own.add(output);
    const nameOf = (value: string): string => (own.has(value) ? prefixed(value) : outer(value));
    return {
      nodes: graph.nodes.flatMap((node) => this.encode(node, nameOf)),
      tensors: [...graph.initializers.values()].map((tensor) =>
        this.float32Of({ ...tensor, name: prefixed(tensor.name) }),
      ),
      inputs: graph.inputs.map(({ name, type }) => ({ name: prefixed(name), type: widenedType(type) })),
      outputs: graph.outputs.map(({ name, type }) => ({ name: nameOf(name), type: widenedType(type) })),
    };
  }

  /** Products of blocks of weights are computed with activations of 8 bits, as those of the engine's own graphs, unless they have no such kernel. */
  private withFastProducts({ operator, inputs, attributes }: OnnxNode): OnnxAttribute[] {
    if (operator !== 'MatMulNBits') return attributes;
    const hasGroups = (inputs[4] ?? '') !== '';
    const zeros = this.options.index.constant(inputs[3] ?? '');
    if (hasGroups || (zeros && zeros.type !== 'uint8')) return attributes;
    const encoded = intAttribute('accuracy_level', 4);
    return [...attributes.filter(({ name }) => name !== 'accuracy_level'), { name: 'accuracy_level', encoded }];
  }

  private addTensor(tensor: OnnxTensor): string {
    const { builder, data, file } = this.options;
    const name = prefixed(tensor.name);
    if (tensor.type === 'string') throw modelUnsupported(`${file.path}: the tensor "${tensor.name}" holds texts.`);
    const encoded = this.float32Of({ ...tensor, name });
    if (!data || encoded.data.byteLength <= MAX_INNER_BYTES) return builder.encodedTensor(encoded);
    return builder.external(name, encoded.type, [...encoded.dims], data.append(encoded.data));
  }

  private float32Of(tensor: OnnxTensor): EncodedTensor {
    const { name, type, dims } = tensor;
    const data = this.options.file.bytesOf(tensor);
    if (type !== 'float16' && type !== 'bfloat16') return { name, type, dims, data };
    const floats = elementCount(dims) === 0 ? new Float32Array() : widened(data, type);
    return { name, type: 'float32', dims, data: new Uint8Array(floats.buffer) };
  }

  private refusal(node: OnnxNode, reason: string): Error {
    return modelUnsupported(`${this.options.file.path} cannot be served: ${nodeLabel(node)}: ${reason}.`);
  }
}

/** Numbers of 16 bits become float32. */
function widenedType(type: OnnxType | undefined): OnnxType | undefined {
  return type === 'float16' || type === 'bfloat16' ? 'float32' : type;
}

function prefixed(value: string): string {
  return `file:${value}`;
}
