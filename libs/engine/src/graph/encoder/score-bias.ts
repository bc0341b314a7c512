import { DATA_TYPE } from '../data-types.js';
import type { GraphBuilder } from '../graph-builder.js';
import { ENCODER_GRAPH } from './encoder-interface.js';

/**
 * Adds a bias of attention scores by the distance of key and query: `[1, heads, S, S]`.
 * @param name unique in the graph
 * @param biases `[heads, 2 * positions - 1]`: that of a key which is `positions - 1` places before its query first
 */
export function scoreBias(
  graph: GraphBuilder,
  name: string,
  { biases, heads }: { biases: Float32Array; heads: number },
): string {
  const width = biases.length / heads;
  const scalar = (part: string, value: number): string =>
    graph.constant(`${name}_${part}`, BigInt64Array.of(BigInt(value)), []);
  const axis = (part: string, value: number): string =>
    graph.constant(`${name}_${part}`, BigInt64Array.of(BigInt(value)), [1]);
  const length = graph.node('Cast', [ENCODER_GRAPH.paddedLength], { attributes: { to: DATA_TYPE.int64 } });
  const places = graph.node('Range', [scalar('begin', 0), length, scalar('step', 1)]);
  const keys = graph.node('Add', [places, scalar('middle', (width - 1) / 2)]);
  const queries = graph.node('Unsqueeze', [places, axis('query_axis', 1)]);
  // Padding may reach a few places further than texts do.
  const distances = graph.node('Clip', [
    graph.node('Sub', [keys, queries]),
    scalar('first', 0),
    scalar('last', width - 1),
  ]);
  const table = graph.constant(`${name}_table`, biases, [heads, width]);
  const gathered = graph.node('Gather', [table, distances], { attributes: { axis: 1 } });
  return graph.node('Unsqueeze', [gathered, axis('text_axis', 0)]);
}
