import type { ExternalDataFile } from '../../graph/external-data-file.js';
import { GraphBuilder } from '../../graph/graph-builder.js';
import type { OnnxFile } from '../format/onnx-file.js';
import { type OnnxGraph, opsetOf } from '../format/onnx-model.js';
import { storeDequantized } from '../rewrite/dequantized-weights.js';
import { GraphImporter } from '../rewrite/graph-importer.js';
import { GraphIndex } from '../rewrite/graph-index.js';
import { isQuantising, RowProducts } from '../rewrite/row-products.js';

/** The version of what this file and those it imports make of an ONNX file. */
export const ENCODER_IMPORT_VERSION = 1;

/** True if a graph has to be changed before it is run: numbers of 16 bits, or products whose result depends on all rows of a pass. */
export function needsImport(graph: OnnxGraph): boolean {
  const isHalf = [...graph.initializers.values()].some(({ type }) => type === 'float16' || type === 'bfloat16');
  return isHalf || graph.nodes.some(isQuantising);
}

/** True if what a row gives may depend on the other rows of a pass even then. */
export function mixesRows(graph: OnnxGraph): boolean {
  return !RowProducts.coverAll(new GraphIndex(graph));
}

/**
 * Makes the graph of one output of an ONNX file, in float32 and with a scale for each row where the file has one for a whole pass.
 * @returns the `onnx.ModelProto`, whose larger tensors are written to `data`
 * @throws `model_unsupported` naming a node that cannot be taken over
 */
export function importEncoder(file: OnnxFile, output: string, data: ExternalDataFile, dataName: string): Uint8Array {
  const index = new GraphIndex(file.model.graph);
  const builder = new GraphBuilder(index.graph.name, dataName, Math.max(21, opsetOf(file.model)));
  const importer = new GraphImporter({ builder, file, index, data });
  for (const { name, type } of index.graph.inputs) {
    importer.replace(name, [], () => builder.input(name, type ?? 'int64', ['B', 'S']));
  }
  new RowProducts(builder, index, importer).replace();
  storeDequantized(importer, { file, index, builder, data });
  importer.add([output]);
  builder.node('Identity', [importer.name(output)], {}, output);
  const rank = index.graph.outputs.find(({ name }) => name === output)!.dims!.length;
  builder.output(output, 'float32', ['B', 'S', 'size'].slice(3 - rank));
  return builder.build();
}
