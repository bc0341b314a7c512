import { modelUnsupported } from '../../errors/engine.errors.js';
import { CachedAttention } from '../../graph/attention/cached-attention.js';
import { addLogitOutputs, addPassInputs } from '../../graph/decoder/pass-values.js';
import { GRAPH } from '../../graph/delta-cache-interface.js';
import type { ExternalDataFile } from '../../graph/external-data-file.js';
import { DATA_TYPE } from '../../graph/data-types.js';
import { GraphBuilder } from '../../graph/graph-builder.js';
import type { OnnxFile } from '../format/onnx-file.js';
import { type OnnxGraph, type OnnxNode, opsetOf } from '../format/onnx-model.js';
import { smallValues } from '../format/tensor-elements.js';
import { storeDequantized } from '../rewrite/dequantized-weights.js';
import { GraphImporter } from '../rewrite/graph-importer.js';
import { GraphIndex } from '../rewrite/graph-index.js';
import { RowProducts } from '../rewrite/row-products.js';
import { type AttentionSite, findAttention } from './attention-site.js';
import { type DecoderLayout, pastOf } from './decoder-layout.js';
import { FusedAttention } from './fused-attention.js';
import { inlineCacheBranch } from './inline-cache-branch.js';
import { type AttentionRule, probeAttention, type RunGraph } from './probe-attention.js';

/** The version of what this file and those it imports make of an ONNX file. */
export const IMPORT_VERSION = 1;

interface ImportOptions {
  layout: DecoderLayout;
  /** Heads of queries, where the file's operators do not say it. */
  heads: number;
  /** The longest sequence, in tokens, that the model was made for. */
  maxPositions: number;
  /** Runs the parts of the file that its attention is found out with. */
  run: RunGraph;
  dataName: string;
}

/** How a layer attends, and the values that it is made of. */
interface Layer {
  rule: AttentionRule;
  heads: number;
  output: string;
  needs: string[];
  inputs: (builder: GraphBuilder, importer: GraphImporter) => { query: string; key: string; value: string };
}

/**
 * Makes a delta-cache graph (see `GRAPH`) of a decoder in an ONNX file: its attention gives way to the engine's, whose keys and values lie outside in
 * rows of any length; what the file did with masks and the past goes with it. All else stays as the file has it, but for products whose
 * results would depend on a pass's other rows.
 * @returns the `onnx.ModelProto`, whose tensors are written to `data`
 * @throws `model_unsupported` naming the node or input that cannot be replaced
 */
export async function importDecoder(
  file: OnnxFile,
  data: ExternalDataFile,
  options: ImportOptions,
): Promise<Uint8Array> {
  const { layout, run, dataName } = options;
  const index = new GraphIndex(copyOf(inlineCacheBranch(file.model.graph)));
  const layers: Layer[] = [];
  for (let layer = 0; layer < layout.layers; layer++)
    layers.push(await readLayer(layer, { file, index, run, options }));
  const builder = new GraphBuilder(index.graph.name, dataName, Math.max(23, opsetOf(file.model)));
  const { batchShape, forms } = addPassInputs(builder);
  const importer = new GraphImporter({ builder, file, index, data });
  replaceInputs(builder, importer, index);
  const takesRows = takeWantedRows(builder, importer, index);
  new RowProducts(builder, index, importer).replace();
  storeDequantized(importer, { file, index, builder, data });
  const attention = new CachedAttention(
    builder,
    { ...layout, heads: layers[0].heads, ...commonRule(file, layers) },
    { forms, cache: 'host', attention: 'fused' },
  );
  const unread = new Set(layers.keys());
  for (const [number, layer] of layers.entries()) {
    importer.replace(layer.output, layer.needs, () => {
      unread.delete(number);
      const rows = attention.apply(number, layer.inputs(builder, importer));
      return builder.node('Reshape', [rows, batchShape]);
    });
  }
  importer.add(['logits']);
  for (const layer of unread) throw modelUnsupported(`${file.path}: its logits do not depend on layer ${layer}.`);
  const logits = importer.name('logits');
  builder.node('Identity', [takesRows ? logits : wantedRows(builder, logits)], {}, GRAPH.logits);
  addLogitOutputs(builder, layout.vocabSize, 'host');
  attention.outputs();
  return builder.build();
}

/** A graph whose nodes may be changed: a build that fails is made again from the same file. */
function copyOf(graph: OnnxGraph): OnnxGraph {
  return { ...graph, nodes: graph.nodes.map((node) => ({ ...node, inputs: [...node.inputs] })) };
}

interface LayerSource {
  file: OnnxFile;
  index: GraphIndex;
  run: RunGraph;
  options: ImportOptions;
}

async function readLayer(layer: number, { file, index, run, options }: LayerSource): Promise<Layer> {
  const past = pastOf(layer);
  const { kvHeads, headDim } = options.layout;
  const refuse = (reason: string): never => {
    throw modelUnsupported(`${file.path} cannot be served: layer ${layer}: ${reason}.`);
  };
  const node = FusedAttention.find(index, past.key);
  if (node) {
    const fused = new FusedAttention(node, index, headDim);
    const reason = fused.reasonAgainst;
    if (reason !== undefined) return refuse(reason);
    const { rule, heads, output, needs } = fused;
    return { rule, heads, output, needs, inputs: (...graph) => fused.inputs(...graph) };
  }
  const site = findAttention(index, past);
  if (typeof site === 'string') return refuse(site);
  const { heads, maxPositions } = options;
  if (heads % kvHeads !== 0) return refuse(`${heads} heads of queries do not share ${kvHeads} of keys`);
  const rule = await probeAttention(site, { file, index, shape: { heads, kvHeads, headDim, maxPositions } }, run);
  if (typeof rule === 'string') return refuse(rule);
  const { query, key, value, output } = site;
  return { rule, heads, output, needs: [query, key, value], inputs: (...graph) => byTokens(site, ...graph) };
}

/** Queries, keys and values of a file that has them by heads, as the engine's attention takes them. */
function byTokens(site: AttentionSite, builder: GraphBuilder, importer: GraphImporter) {
  const rows = (value: string): string => {
    const turned = builder.node('Transpose', [importer.name(value)], { attributes: { perm: [0, 2, 1, 3] } });
    const shape = builder.constant(`rows of ${value}`, BigInt64Array.of(0n, 0n, -1n), [3]);
    return builder.node('Reshape', [turned, shape]);
  };
  return { query: rows(site.query), key: rows(site.key), value: rows(site.value) };
}

function commonRule(file: OnnxFile, layers: readonly Layer[]): { scoreScale: number; windows: (number | undefined)[] } {
  const [{ rule, heads }] = layers;
  for (const [number, layer] of layers.entries()) {
    const isSame = layer.heads === heads && Math.abs(layer.rule.scale - rule.scale) <= 1e-3 * rule.scale;
    if (!isSame) throw modelUnsupported(`${file.path} cannot be served: layer ${number} has other heads than layer 0.`);
  }
  return { scoreScale: rule.scale, windows: layers.map((layer) => layer.rule.window) };
}

/** The inputs of the file, made of those of a pass. */
function replaceInputs(builder: GraphBuilder, importer: GraphImporter, index: GraphIndex): void {
  for (const { name, type } of index.graph.inputs) {
    const cast = (value: string): string =>
      builder.node('Cast', [value], { attributes: { to: DATA_TYPE[type ?? 'int64'] } });
    if (name === 'input_ids')
      importer.replace(name, [], () => (type === 'int32' ? GRAPH.inputIds : cast(GRAPH.inputIds)));
    else if (name === 'position_ids') {
      importer.replace(name, [], () => (type === 'int64' ? GRAPH.positionIds : cast(GRAPH.positionIds)));
    } else if (name.endsWith('logits_to_keep')) {
      // All: the rows that are wanted are taken later.
      importer.replace(name, [], () => builder.constant('all_logits', BigInt64Array.of(0n), []));
    }
  }
  for (const positions of countedPositions(index)) importer.replace(positions, [], () => GRAPH.positionIds);
}

/** Values that are the positions of the new tokens, `[1, S]`, counted from the length of the past. */
function countedPositions(index: GraphIndex): string[] {
  return index.graph.nodes.flatMap((range) => {
    if (range.operator !== 'Range' || !isPastLength(index, range.inputs[0])) return [];
    return index
      .consumers(range.outputs[0])
      .filter(({ operator, inputs }) => operator === 'Unsqueeze' && axesOf(index, inputs[1])?.join() === '0')
      .map(({ outputs }) => outputs[0]);
  });
}

function axesOf(index: GraphIndex, value: string | undefined): number[] | undefined {
  const tensor = value === undefined ? undefined : index.constant(value);
  return tensor && tensor.data instanceof Uint8Array ? smallValues(tensor.type, tensor.data) : undefined;
}

/** True for the number of positions of the past: a size of one of its inputs. */
function isPastLength(index: GraphIndex, value: string): boolean {
  const node = index.producer(value);
  if (!node) return value.startsWith('past_key_values.');
  return (
    ['Cast', 'Identity', 'Gather', 'Squeeze', 'Shape', 'Slice'].includes(node.operator) &&
    isPastLength(index, node.inputs[0])
  );
}

/** The rows of hidden states or logits that are wanted. */
function wantedRows(builder: GraphBuilder, value: string): string {
  const rows = builder.node('Flatten', [value], { attributes: { axis: 2 } });
  return builder.node('Gather', [rows, GRAPH.outputRows]);
}

/**
 * Makes the file's last product work on the rows whose logits are wanted.
 * @returns false where it is not found: then all logits are computed
 */
function takeWantedRows(builder: GraphBuilder, importer: GraphImporter, index: GraphIndex): boolean {
  const product = lastProduct(index, 'logits');
  if (!product) return false;
  const [hidden] = product.inputs;
  importer.replace(WANTED_ROWS, [hidden], () => wantedRows(builder, importer.name(hidden)));
  product.inputs[0] = WANTED_ROWS;
  return true;
}

const WANTED_ROWS = 'wanted rows of the last hidden states';

/** Nodes that work on each logit for itself. */
const OF_EACH = new Set(['Cast', 'Identity', 'Mul', 'Div', 'Add', 'Tanh']);

/** The node that reads the last hidden states, to make logits of them or to quantise them for that. */
function lastProduct(index: GraphIndex, value: string): OnnxNode | undefined {
  const node = index.producer(value);
  if (node?.operator === 'MatMul' || node?.operator === 'MatMulNBits') return node;
  if (node?.operator === 'MatMulInteger' || node?.operator === 'MatMulIntegerToFloat') {
    const quantising = index.producer(node.inputs[0]);
    return quantising?.operator === 'DynamicQuantizeLinear' ? quantising : undefined;
  }
  if (!node || !OF_EACH.has(node.operator)) return undefined;
  for (const input of node.inputs) {
    const found = lastProduct(index, input);
    if (found) return found;
  }
  return undefined;
}
