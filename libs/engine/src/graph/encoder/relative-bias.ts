/** Distances from which on buckets grow wider, and from which on all have the last one (MPNet, `relative_position_bucket`). */
const MAX_DISTANCE = 128;

/**
 * The bucket of a query's distance to a key, as in MPNet
 * (https://github.com/huggingface/transformers/blob/main/src/transformers/models/mpnet/modeling_mpnet.py): half of them for keys
 * behind the query, and of each half one for each near distance, then wider ones by the logarithm, in float32 as the original has it.
 */
function bucketOf(distance: number, buckets: number): number {
  const half = Math.floor(buckets / 2);
  const side = distance < 0 ? half : 0;
  const far = Math.abs(distance);
  const exact = Math.floor(half / 2);
  if (far < exact) return side + far;
  const { fround } = Math;
  const share = fround(fround(Math.log(far / exact)) / fround(Math.log(MAX_DISTANCE / exact)));
  return side + Math.min(half - 1, exact + Math.floor(fround(share * (half - exact))));
}

/**
 * Biases of attention scores by distance, `[heads, 2 * positions - 1]`: of a key that is `positions - 1` places before its query first.
 * @param table `[buckets, heads]` row-major
 */
export function biasesByDistance(table: Float32Array, heads: number, positions: number): Float32Array {
  const buckets = table.length / heads;
  const width = 2 * positions - 1;
  const biases = new Float32Array(heads * width);
  for (let i = 0; i < width; i++) {
    const bucket = bucketOf(positions - 1 - i, buckets);
    for (let head = 0; head < heads; head++) biases[head * width + i] = table[bucket * heads + head];
  }
  return biases;
}
