import type { Weights } from '../../model/weights.js';
import type { ExternalDataFile, ExternalDataRange } from '../external-data-file.js';
import { CHUNK_ELEMENTS, type Matrix, multiplied, rowRanges, rowsAtOnce, rowsOf, type StoredMatrix } from './matrix.js';
import { quantizeRows, transposeInto } from '../quantization/row-quantization.js';

/** A matrix that is stored in 8 bits as it is, and the scales of its rows, without its own one. */
interface Int8Rows {
  data: ExternalDataRange;
  scales: Float32Array;
}

/** Bytes of a transposed matrix that are held until they are written. */
const PANEL_BYTES = 2 ** 24;

/** Some rows of a matrix. */
interface Chunk {
  floats: Float32Array;
  /** The first of them. */
  from: number;
}

/**
 * Writes the matrices of linear layers to the external data, in float32 and in 8 bits. Rows are read, converted and written a chunk
 * at a time, so that no matrix is ever held in float32.
 */
export class MatrixStorage {
  /** By name. */
  private readonly int8Rows = new Map<string, Int8Rows>();
  private readonly int8Chunk = new Int8Array(CHUNK_ELEMENTS);
  private panel = new Int8Array(0);

  /** @param maxWeight the largest magnitude of an int8 weight */
  constructor(
    private readonly weights: Weights,
    private readonly data: ExternalDataFile,
    private readonly maxWeight: number,
  ) {}

  /** Stores a matrix as it is, `[rows, columns]`, without its scale. */
  float32(matrix: Matrix): ExternalDataRange {
    const { columns } = matrix;
    const range = this.data.allocate(rowsOf(matrix) * columns * Float32Array.BYTES_PER_ELEMENT);
    for (const { floats, from } of this.chunks(matrix)) {
      this.data.write(floats, range.offset + from * columns * Float32Array.BYTES_PER_ELEMENT);
    }
    return range;
  }

  /** Stores a matrix in 8 bits, `[rows, columns]`, and the scales of its rows. */
  int8(matrix: Matrix): StoredMatrix {
    const { name, columns, scale } = matrix;
    const rows = rowsOf(matrix);
    const data = this.data.allocate(rows * columns);
    const scales = new Float32Array(rows);
    for (const chunk of this.chunks(matrix)) {
      this.data.write(this.quantized(chunk, columns, scales), data.offset + chunk.from * columns);
    }
    this.int8Rows.set(name, { data, scales });
    return { data, scales: this.data.append(multiplied(scales, scale)) };
  }

  /** Stores a matrix in 8 bits, `[columns, rows]`, and the scales of its rows. */
  int8Transposed(matrix: Matrix): StoredMatrix {
    const { name, columns, scale } = matrix;
    const rows = rowsOf(matrix);
    // The embedding may be the output projection too, and is quantised once.
    const known = this.int8Rows.get(name);
    const scales = known?.scales ?? new Float32Array(rows);
    const chunks = known ? this.storedChunks(known, columns) : this.quantizedChunks(matrix, scales);
    const data = this.transpose(rows, columns, chunks);
    return { data, scales: this.data.append(multiplied(scales, scale)) };
  }

  /** Each is valid until the next one. */
  private *chunks(matrix: Matrix): Generator<Chunk> {
    for (const { tensor, shape, from, to, at } of rowRanges(matrix)) {
      yield { floats: this.weights.readRows(tensor, shape, from, to), from: at };
    }
  }

  private *quantizedChunks(matrix: Matrix, scales: Float32Array): Generator<Int8Array> {
    for (const chunk of this.chunks(matrix)) yield this.quantized(chunk, matrix.columns, scales);
  }

  private *storedChunks({ data }: Int8Rows, columns: number): Generator<Int8Array> {
    const most = rowsAtOnce(columns) * columns;
    for (let from = 0; from < data.byteLength; from += most) {
      const chunk = this.chunkOf(Math.min(most, data.byteLength - from));
      this.data.read(chunk, data.offset + from);
      yield chunk;
    }
  }

  private quantized({ floats, from }: Chunk, columns: number, scales: Float32Array): Int8Array {
    const data = this.chunkOf(floats.length);
    quantizeRows(floats, columns, this.maxWeight, { data, scales: scales.subarray(from) });
    return data;
  }

  private chunkOf(elements: number): Int8Array {
    // One row may be longer than a chunk.
    return elements > CHUNK_ELEMENTS ? new Int8Array(elements) : this.int8Chunk.subarray(0, elements);
  }

  /** Stores a `[rows, columns]` matrix as `[columns, rows]`, by panels of as many rows as are held at once. */
  private transpose(rows: number, columns: number, chunks: Iterable<Int8Array>): ExternalDataRange {
    const range = this.data.allocate(rows * columns);
    const most = rowsAtOnce(columns);
    const panelRows = Math.min(rows, Math.max(most, Math.floor(PANEL_BYTES / columns)));
    if (this.panel.length < panelRows * columns) this.panel = new Int8Array(panelRows * columns);
    let begin = 0;
    let filled = 0;
    const flush = (): void => {
      this.writePanel(range, { begin, filled, width: panelRows }, rows, columns);
      begin += filled;
      filled = 0;
    };
    for (const chunk of chunks) {
      const count = chunk.length / columns;
      if (filled + count > panelRows) flush();
      transposeInto(this.panel, { width: panelRows, at: filled }, chunk, columns);
      filled += count;
    }
    flush();
    return range;
  }

  /** Writes the `filled` columns from `begin` on of a transposed matrix. */
  private writePanel(
    { offset }: ExternalDataRange,
    { begin, filled, width }: { begin: number; filled: number; width: number },
    rows: number,
    columns: number,
  ): void {
    const { panel } = this;
    if (filled === rows) return this.data.write(panel.subarray(0, rows * columns), offset);
    for (let column = 0; column < columns; column++) {
      this.data.write(panel.subarray(column * width, column * width + filled), offset + column * rows + begin);
    }
  }
}
