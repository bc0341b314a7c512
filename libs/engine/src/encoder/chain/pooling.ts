/** Ways to make one vector of those of a text's tokens, in the order in which several are joined (sentence-transformers, `Pooling`). */
export const POOLING_MODES = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'] as const;
export type PoolingMode = (typeof POOLING_MODES)[number];

/** The vectors of a text's tokens. */
export interface TokenVectors {
  /** `[tokens, size]` row-major */
  values: Float32Array;
  size: number;
}

/**
 * The pooled vector of a text, `[modes * size]`. Sums are made token after token in 64 bits: a text's vector depends on that text alone.
 * @param from the first token that counts
 */
export function pool({ values, size }: TokenVectors, modes: readonly PoolingMode[], from: number): Float32Array {
  const tokens = values.length / size;
  const pooled = new Float32Array(modes.length * size);
  for (const [i, mode] of modes.entries()) {
    const target = pooled.subarray(i * size, (i + 1) * size);
    if (mode === 'cls') {
      const first = from < tokens ? from : 0;
      target.set(values.subarray(first * size, (first + 1) * size));
    } else if (mode === 'lasttoken') target.set(values.subarray((tokens - 1) * size));
    else if (mode === 'max') poolMax(values, size, from, target);
    else poolMean(values, size, { from, mode }, target);
  }
  return pooled;
}

function poolMax(values: Float32Array, size: number, from: number, target: Float32Array): void {
  target.fill(-Infinity);
  for (let at = from * size; at < values.length; at += size) {
    // Math.max is NaN where one of them is.
    for (let i = 0; i < size; i++) target[i] = Math.max(target[i], values[at + i]);
  }
}

function poolMean(
  values: Float32Array,
  size: number,
  { from, mode }: { from: number; mode: PoolingMode },
  target: Float32Array,
): void {
  const sums = new Float64Array(size);
  let weights = 0;
  for (let token = from, at = from * size; at < values.length; token++, at += size) {
    const weight = mode === 'weightedmean' ? token + 1 : 1;
    weights += weight;
    for (let i = 0; i < size; i++) sums[i] += weight * values[at + i];
  }
  const divisor = Math.max(weights, 1e-9);
  const scale = mode === 'mean_sqrt_len_tokens' ? Math.sqrt(divisor) : divisor;
  for (let i = 0; i < size; i++) target[i] = sums[i] / scale;
}

/** Makes a vector's length 1 in place; one of zeros stays. */
export function normalize(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.max(Math.sqrt(sum), 1e-12);
  for (let i = 0; i < vector.length; i++) vector[i] /= length;
  return vector;
}
