import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DataType } from '../../libs/engine/dist/graph/data-types.js';
import { GraphBuilder } from '../../libs/engine/dist/graph/graph-builder.js';

/** All types that requests may have. */
export const TYPES = [
  'bool',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float16',
  'float32',
  'float64',
  'string',
] as const satisfies DataType[];

const WIDTH = 8;

/** Small ONNX files, each of which does one thing. */
const MODELS: Record<string, (graph: GraphBuilder) => void> = {
  /** An input of each type, and an output that is the same. */
  types: (graph) => {
    for (const type of TYPES) {
      graph.node('Identity', [graph.input(`in_${type}`, type, ['N', 2])], {}, `out_${type}`);
      graph.output(`out_${type}`, type, ['N', 2]);
    }
  },
  /** Rows times a matrix: what a row gives depends on that row alone. */
  rows: (graph) => {
    const matrix = Float32Array.from({ length: WIDTH * 4 }, (_, i) => Math.sin(i));
    const product = graph.node('MatMul', [
      graph.input('x', 'float32', ['batch', WIDTH]),
      graph.constant('w', matrix, [WIDTH, 4]),
    ]);
    graph.node('Relu', [product], {}, 'y');
    graph.output('y', 'float32', ['batch', 4]);
  },
  /** Rows less the mean of all rows, in a dimension that is as free. */
  mixed: (graph) => {
    const x = graph.input('x', 'float32', ['batch', WIDTH]);
    const mean = graph.node('ReduceMean', [x, graph.constant('axes', BigInt64Array.of(0n), [1])], {
      attributes: { keepdims: 1 },
    });
    graph.node('Sub', [x, mean], {}, 'y');
    graph.output('y', 'float32', ['batch', WIDTH]);
  },
  /** Rows of a table of ten: other places are refused. */
  places: (graph) => {
    const table = Float32Array.from({ length: 20 }, (_, i) => i);
    graph.node('Gather', [graph.constant('table', table, [10, 2]), graph.input('at', 'int64', ['batch', 1])], {}, 'y');
    graph.output('y', 'float32', ['batch', 1, 2]);
  },
  /** A scalar beside a fixed shape, and two outputs. */
  scaled: (graph) => {
    const [x, factor] = [graph.input('x', 'float32', [2, 3]), graph.input('factor', 'float32', [])];
    graph.node('Mul', [x, factor], {}, 'product');
    graph.node('Add', [x, factor], {}, 'sum');
    for (const name of ['product', 'sum']) graph.output(name, 'float32', [2, 3]);
  },
};

export type TensorModel = 'types' | 'rows' | 'mixed' | 'places' | 'scaled';

/** Writes the models to a folder; returns their paths by name. */
export function writeTensorModels(folder: string): Record<TensorModel, string> {
  mkdirSync(folder, { recursive: true });
  const paths = Object.entries(MODELS).map(([name, make]) => {
    const graph = new GraphBuilder(name, '');
    make(graph);
    const path = join(folder, `${name}.onnx`);
    writeFileSync(path, graph.build());
    return [name, path];
  });
  return Object.fromEntries(paths) as Record<TensorModel, string>;
}
