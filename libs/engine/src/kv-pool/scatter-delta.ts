/** One of the parts that a token has in the new keys and values of a pass: `[rows, tokens, parts, kvHeads, headDim]`. */
interface DeltaPart {
  delta: Float32Array;
  tokens: number;
  parts: number;
  part: number;
}

/**
 * Copies the vectors of every head, of every new token, from one part of a delta.
 * @param array `[rows, kvHeads, capacity, headDim]`
 * @param starts the row of each row of the delta, and the position of its first token; none where it is dropped
 */
export function scatterDelta(
  array: Float32Array,
  { kvHeads, headDim, capacity }: { kvHeads: number; headDim: number; capacity: number },
  { delta, tokens, parts, part }: DeltaPart,
  starts: readonly ({ row: number; position: number } | undefined)[],
): void {
  const partSize = kvHeads * headDim;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i];
    if (start === undefined) continue;
    for (let token = 0; token < tokens; token++) {
      let source = ((i * tokens + token) * parts + part) * partSize;
      for (let head = 0; head < kvHeads; head++) {
        const target = ((start.row * kvHeads + head) * capacity + start.position + token) * headDim;
        for (let at = 0; at < headDim; at++) array[target + at] = delta[source + at];
        source += headDim;
      }
    }
  }
}
