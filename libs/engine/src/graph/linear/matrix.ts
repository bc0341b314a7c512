import type { ExternalDataRange } from '../external-data-file.js';

/** A tensor of the weights, and how many rows it has. */
export type MatrixPart = [tensor: string, rows: number];

/** Tensors of `columns` columns each, one below the other, taken as one matrix. */
export interface Matrix {
  /** Unique in the graph. */
  name: string;
  parts: MatrixPart[];
  columns: number;
  /** A factor of the result; default 1. */
  scale?: number;
}

/** The places of a quantised matrix. */
export interface StoredMatrix {
  data: ExternalDataRange;
  scales: ExternalDataRange;
  /** Of each block, float32 `[rows, blocks]`, where weights are stored around it and not around zero. */
  offsets?: ExternalDataRange;
}

/** Float32 values that are held at once: a megabyte, which stays in the processor's cache between the steps of its way. */
export const CHUNK_ELEMENTS = 2 ** 18;

/** The rows of a matrix, all parts together. */
export function rowsOf({ parts }: Pick<Matrix, 'parts'>): number {
  return parts.reduce((sum, [, rows]) => sum + rows, 0);
}

/** Rows that are held at once; one at least. */
export function rowsAtOnce(columns: number): number {
  return Math.max(1, Math.floor(CHUNK_ELEMENTS / columns));
}

/** Values times a factor. */
export function multiplied(values: Float32Array, factor = 1): Float32Array {
  return factor === 1 ? values : values.map((value) => value * factor);
}

/** Some rows of a part of a matrix. */
export interface RowRange {
  tensor: string;
  /** `[rows, columns]` of the whole tensor. */
  shape: [rows: number, columns: number];
  /** Rows of the tensor: from, and to which not. */
  from: number;
  to: number;
  /** The first of them in the matrix. */
  at: number;
}

/** All rows of a matrix, as many at a time as are held at once. */
export function* rowRanges({ parts, columns }: Matrix): Generator<RowRange> {
  const most = rowsAtOnce(columns);
  let begin = 0;
  for (const [tensor, rows] of parts) {
    for (let from = 0; from < rows; from += most) {
      yield { tensor, shape: [rows, columns], from, to: Math.min(from + most, rows), at: begin + from };
    }
    begin += rows;
  }
}
