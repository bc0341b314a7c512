import { GRAPH, SHARE_TOKENS } from '../delta-cache-interface.js';
import type { GraphBuilder } from '../graph-builder.js';

/**
 * Adds {@link GRAPH.blockShares} to a graph: with them a sampler looks at a few blocks of the logits instead of at all tens of
 * thousands. A row's shares depend on the row alone.
 */
export function addBlockShares(graph: GraphBuilder, vocabSize: number): void {
  graph.input(GRAPH.inverseTemperatures, 'float32', ['R']);
  const int64 = (name: string, ...values: number[]): string =>
    graph.constant(name, BigInt64Array.from(values, BigInt), [values.length]);
  const blocks = Math.ceil(vocabSize / SHARE_TOKENS);
  const lastAxis = int64('shares_last_axis', -1);
  const blocksShape = int64('shares_blocks', -1, blocks, SHARE_TOKENS);
  const missing = blocks * SHARE_TOKENS - vocabSize;
  const paddings = missing === 0 ? undefined : int64('shares_paddings', 0, 0, 0, missing);
  const none = graph.constant('no_shares', Float32Array.of(0), [1, 1]);
  const zero = graph.constant('no_temperature', Float32Array.of(0), []);
  const largest = graph.node('ReduceMax', [GRAPH.inverseTemperatures], { attributes: { keepdims: 0 } });
  graph.choose(
    graph.node('Greater', [largest, zero]),
    () => {
      const factors = graph.node('Unsqueeze', [GRAPH.inverseTemperatures, lastAxis]);
      const scaled = graph.node('Mul', [GRAPH.logits, factors]);
      const all = graph.node('Softmax', [scaled], { attributes: { axis: -1 } });
      const padded = paddings === undefined ? all : graph.node('Pad', [all, paddings]);
      const byBlock = graph.node('Reshape', [padded, blocksShape]);
      return graph.node('ReduceSum', [byBlock, lastAxis], { attributes: { keepdims: 0 } });
    },
    () => graph.node('Identity', [none]),
    GRAPH.blockShares,
  );
  graph.output(GRAPH.blockShares, 'float32', ['sharing rows', 'blocks']);
}
