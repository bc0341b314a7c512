import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Weights } from '../../model/weights.js';
import { ExternalDataFile, type ExternalDataRange } from '../external-data-file.js';
import { type Matrix, type MatrixPart } from './matrix.js';
import { MatrixStorage } from './matrix-storage.js';

/** More than is held at once, in two parts neither of which ends where a chunk does. */
const COLUMNS = 4099;
const PARTS: MatrixPart[] = [
  ['first', 2050],
  ['second', 2501],
];
const ROWS = 2050 + 2501;
const MAX_ROWS_AT_ONCE = 64;

/** Whole numbers of which each row has one of 127: their scale is 1, and they are stored as they are. */
function weightAt(row: number, column: number): number {
  return column === row % COLUMNS ? 127 : ((row * 31 + column * 7) % 251) - 125;
}

describe(MatrixStorage, () => {
  let folder: string;
  let data: ExternalDataFile;
  const read: number[] = [];
  /** The same array each time, as the weights of files are. */
  const reused = new Float32Array(MAX_ROWS_AT_ONCE * COLUMNS);
  const weights = {
    readRows: (tensor: string, _: unknown, from: number, to: number) => {
      const begin = tensor === 'first' ? 0 : 2050;
      const floats = reused.subarray(0, (to - from) * COLUMNS);
      for (let i = 0; i < floats.length; i++) {
        floats[i] = weightAt(begin + from + Math.floor(i / COLUMNS), i % COLUMNS);
      }
      read.push(floats.length);
      return floats;
    },
  } as unknown as Weights;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'frontier-matrices-'));
    data = new ExternalDataFile(join(folder, 'weights.bin'));
  });
  afterAll(() => {
    data.close();
    rmSync(folder, { recursive: true });
  });

  const matrix = (name: string, scale?: number): Matrix => ({ name, parts: PARTS, columns: COLUMNS, scale });
  const stored = ({ offset, byteLength }: ExternalDataRange): Buffer =>
    readFileSync(join(folder, 'weights.bin')).subarray(offset, offset + byteLength);
  const floats = (range: ExternalDataRange): Float32Array => {
    const bytes = Uint8Array.from(stored(range));
    return new Float32Array(bytes.buffer);
  };
  const wrong = (valueAt: (row: number, column: number) => number): string[] => {
    const found: string[] = [];
    for (let row = 0; row < ROWS; row++) {
      for (let column = 0; column < COLUMNS; column++) {
        if (valueAt(row, column) !== weightAt(row, column)) found.push(`${row}, ${column}`);
      }
    }
    return found.slice(0, 5);
  };

  it('stores rows as they are, a megabyte at a time', () => {
    const values = floats(new MatrixStorage(weights, data, 127).float32(matrix('x')));
    expect(wrong((row, column) => values[row * COLUMNS + column])).toEqual([]);
    expect(Math.max(...read)).toBeLessThanOrEqual(2 ** 18);
  });

  it('stores a matrix in 8 bits, and its transpose, which is larger than what is held at once', () => {
    const storage = new MatrixStorage(weights, data, 127);
    const rows = storage.int8(matrix('embedding', 3));
    const values = new Int8Array(stored(rows.data));
    expect(wrong((row, column) => values[row * COLUMNS + column])).toEqual([]);
    // The first is made of what is stored already, the second of the weights.
    for (const name of ['embedding', 'other']) {
      const columns = storage.int8Transposed(matrix(name, 0.5));
      const transposed = new Int8Array(stored(columns.data));
      expect(wrong((row, column) => transposed[column * ROWS + row])).toEqual([]);
      expect(floats(columns.scales)).toEqual(new Float32Array(ROWS).fill(0.5));
    }
    expect(floats(rows.scales)).toEqual(new Float32Array(ROWS).fill(3));
  });
});
