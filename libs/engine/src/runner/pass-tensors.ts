import { Tensor } from './onnxruntime.js';
import { GRAPH } from '../graph/delta-cache-interface.js';
import type { ForwardOutput } from './model-runner.js';

/**
 * The inputs of a pass but for the past.
 * @param tokens `[rows, newTokens]` row-major
 * @param lengths tokens that each row has already
 * @param outputs the new tokens of each row whose logits are wanted
 */
export function passInputs(
  tokens: Int32Array,
  newTokens: number,
  lengths: readonly number[],
  outputs: 'last' | 'all' = 'last',
): Record<string, Tensor> {
  const rows = lengths.length;
  const positions = new BigInt64Array(tokens.length);
  for (const [row, length] of lengths.entries()) {
    for (let i = 0; i < newTokens; i++) positions[row * newTokens + i] = BigInt(length + i);
  }
  const lastPositions = Int32Array.from(lengths, (length) => length + newTokens - 1);
  const totalLength = Math.max(...lengths) + newTokens;
  const outputRows =
    outputs === 'all'
      ? Int32Array.from(tokens.keys())
      : Int32Array.from(lengths, (_, row) => (row + 1) * newTokens - 1);
  return {
    [GRAPH.inputIds]: new Tensor('int32', tokens, [rows, newTokens]),
    [GRAPH.positionIds]: new Tensor('int64', positions, [rows, newTokens]),
    [GRAPH.lastPositions]: new Tensor('int32', lastPositions, [rows]),
    [GRAPH.totalLength]: new Tensor('int32', Int32Array.of(totalLength), []),
    [GRAPH.outputRows]: new Tensor('int32', outputRows, [outputRows.length]),
  };
}

/** The outputs of a pass, `[rows, ...]` each. */
interface PassOutputs {
  argmax: Tensor;
  logitSum: Tensor;
  logits?: Float32Array;
  /** Shares of blocks, and which rows wanted them: those with a number other than 0. */
  shares?: { data: Float32Array; wantedBy: Float32Array };
}

/** The output of a forward pass, by its rows of logits. */
export function forwardOutputs({ argmax, logitSum, logits, shares }: PassOutputs): ForwardOutput[] {
  const sums = logitSum.data as Float32Array;
  const rows = sums.length;
  const rowOf = (values: Float32Array, row: number): Float32Array =>
    values.subarray((row * values.length) / rows, ((row + 1) * values.length) / rows);
  return Array.from(argmax.data as BigInt64Array, (token, row) => ({
    argmax: Number.isFinite(sums[row]) ? Number(token) : undefined,
    logits: logits && rowOf(logits, row),
    shares: shares && shares.wantedBy[row] !== 0 ? rowOf(shares.data, row) : undefined,
  }));
}
