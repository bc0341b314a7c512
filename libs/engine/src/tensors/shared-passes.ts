import { ProvenSizes } from '../passes/proven-sizes.js';
import { noiseRow } from './noise-row.js';
import { joinRows, splitRows } from './rows.js';
import { bytesOf, type NamedTensor, type TensorSignature } from './tensor.js';
import type { TensorRunner } from './tensor-runner.js';

/** Shapes that are remembered. */
const MAX_SHAPES = 256;
/** Passes that a shape could have shared before it is found out whether it may. */
const CHANCES = 3;
/** A pass of more is not worth sharing. */
const MAX_PASS_BYTES = 2 ** 26;
/** Bounds of whole numbers in noise: the first that the model computes with is taken. */
const BOUNDS = [999, 9, 1];

/**
 * Decides which requests share passes: those of one row and one shape, where the first dimension of all inputs and outputs is free, in sizes that are
 * proven (see {@link ProvenSizes}). A first dimension that is free need not be one of independent rows.
 */
export class SharedPasses {
  private readonly sizes: ProvenSizes;
  private readonly isFree: boolean;
  /** Passes that a shape could have shared. */
  private readonly chances = new Map<string, number>();

  constructor(
    private readonly runner: TensorRunner,
    private readonly maxRows: number,
  ) {
    this.isFree = maxRows > 1 && !runner.mixesRows && isFree(runner.signature);
    this.sizes = new ProvenSizes((shape, seeds) => this.compute(shape, seeds), { maxRows, maxShapes: MAX_SHAPES });
  }

  /** The shape of a request's row; `undefined` where it shares no pass. */
  shapeOf(inputs: readonly NamedTensor[]): string | undefined {
    const canShare =
      this.isFree && inputs.every(({ dims }) => dims[0] === 1) && bytesOf(inputs) * this.maxRows <= MAX_PASS_BYTES;
    if (!canShare) return undefined;
    const shape = JSON.stringify(inputs.map(({ name, dims }) => [name, dims.slice(1)]).toSorted());
    return this.sizes.isAlone(shape) === true ? undefined : shape;
  }

  /** Rows of the next pass, of so many that wait. */
  async rows(shape: string, waiting: number): Promise<number> {
    if (waiting < 2) return 1;
    if (this.sizes.isAlone(shape) === undefined) {
      const chances = (this.chances.get(shape) ?? 0) + 1;
      this.chances.delete(shape);
      this.chances.set(shape, chances);
      const [oldest] = this.chances.keys();
      if (this.chances.size > MAX_SHAPES) this.chances.delete(oldest);
      if (chances < CHANCES) return 1;
    }
    return this.sizes.largest(shape, waiting);
  }

  private async compute(shape: string, seeds: readonly number[]): Promise<Uint8Array[]> {
    const { inputs, outputs } = this.runner.signature;
    const dims = new Map(JSON.parse(shape) as [string, number[]][]);
    let failure: unknown;
    for (const bound of BOUNDS) {
      try {
        const rows = seeds.map((seed) => noiseRow(inputs, dims, seed, bound));
        const found = await this.runner.run(
          joinRows(rows),
          outputs.map(({ name }) => name),
        );
        const parts = splitRows(found, seeds.length);
        if (!parts) throw new Error('An output has another number of rows.');
        return parts.map(bytesOfRow);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

/** True if the first dimension of all inputs and outputs is not fixed. */
function isFree({ inputs, outputs }: TensorSignature): boolean {
  return inputs.length > 0 && [...inputs, ...outputs].every(({ dims }) => typeof dims[0] === 'string');
}

function bytesOfRow(outputs: readonly NamedTensor[]): Uint8Array {
  return Buffer.concat(
    outputs.flatMap(({ dims, data }) => [
      Buffer.from(JSON.stringify(dims)),
      Array.isArray(data)
        ? Buffer.from(JSON.stringify(data))
        : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    ]),
  );
}
