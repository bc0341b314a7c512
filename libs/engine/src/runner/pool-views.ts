import { GRAPH } from '../graph/delta-cache-interface.js';
import type { KvPool, KvShape } from '../kv-pool/kv-pool.js';
import { Tensor } from './onnxruntime.js';

type Feeds = Record<string, Tensor>;

/** Rows of pools as the past of a pass; the same rows once. */
export class PoolViews {
  /** By rows; a pool that is resized has other arrays. */
  private readonly views = new WeakMap<Float32Array, Map<string, Feeds>>();

  constructor(private readonly shape: KvShape) {}

  of(pool: KvPool, first: number, rows: number): Feeds {
    let byRows = this.views.get(pool.keys[0]);
    if (!byRows) this.views.set(pool.keys[0], (byRows = new Map()));
    const key = `${first} ${rows}`;
    let feeds = byRows.get(key);
    if (!feeds) byRows.set(key, (feeds = this.create(pool, first, rows)));
    return feeds;
  }

  private create({ capacity, keys, values }: KvPool, first: number, rows: number): Feeds {
    const { layers, kvHeads, headDim } = this.shape;
    const dims = [rows, kvHeads, capacity, headDim];
    const rowSize = kvHeads * capacity * headDim;
    const viewOf = (array: Float32Array): Tensor =>
      new Tensor('float32', array.subarray(first * rowSize, (first + rows) * rowSize), dims);
    const feeds: Feeds = {};
    for (let layer = 0; layer < layers; layer++) {
      feeds[GRAPH.pastKey(layer)] = viewOf(keys[layer]);
      feeds[GRAPH.pastValue(layer)] = viewOf(values[layer]);
    }
    return feeds;
  }
}
