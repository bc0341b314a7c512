import type { OnnxGraph, OnnxNode, OnnxTensor } from '../format/onnx-model.js';

/** A graph by its values: what makes each, and what reads it. */
export class GraphIndex {
  private readonly producers = new Map<string, OnnxNode>();
  private readonly readers = new Map<string, OnnxNode[]>();

  constructor(readonly graph: OnnxGraph) {
    for (const node of graph.nodes) {
      for (const output of node.outputs) if (output !== '') this.producers.set(output, node);
      for (const input of new Set(valuesRead(node))) {
        const known = this.readers.get(input);
        if (known) known.push(node);
        else this.readers.set(input, [node]);
      }
    }
  }

  /** The node that makes a value; `undefined` for inputs and initializers. */
  producer(value: string): OnnxNode | undefined {
    return this.producers.get(value);
  }

  /** The nodes that read a value, in the order of the file. */
  consumers(value: string): readonly OnnxNode[] {
    return this.readers.get(value) ?? [];
  }

  /** The tensor of a value that is the same in each pass. */
  constant(value: string): OnnxTensor | undefined {
    const tensor = this.graph.initializers.get(value);
    if (tensor) return tensor;
    const node = this.producer(value);
    if (node?.operator === 'Identity') return this.constant(node.inputs[0]);
    return node?.operator === 'Constant' ? node.attributes.find(({ tensor: value_ }) => value_)?.tensor : undefined;
  }
}

/** The values that a node reads, with those of the outer graph that its own graphs read. */
export function valuesRead({ inputs, attributes }: OnnxNode): string[] {
  const values = inputs.filter((input) => input !== '');
  for (const { graph } of attributes) if (graph) values.push(...outerValues(graph));
  return values;
}

/** The values that a graph within a graph takes from around it. */
function outerValues(graph: OnnxGraph): string[] {
  const own = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)]);
  for (const { outputs } of graph.nodes) for (const output of outputs) own.add(output);
  const read = [...graph.nodes.flatMap(valuesRead), ...graph.outputs.map(({ name }) => name)];
  return read.filter((value) => !own.has(value));
}
