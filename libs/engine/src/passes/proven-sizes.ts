/** Computes a pass of rows of noise, which a shape and a number make, and returns the bytes of each row's outputs. */
export type NoisePass = (shape: string, seeds: readonly number[]) => Promise<Uint8Array[]>;

/** Rows of noise that are computed alone, and then beside others. */
const PROBES = 3;

interface ProvenSizesOptions {
  /** Rows of a pass at most. */
  maxRows: number;
  /** Shapes that are remembered; the one that was not asked for for longest goes. */
  maxShapes: number;
}

/**
 * The sizes of passes in which a row has the bits that it has alone: powers of two, each of which is proven before it is used, since kernels choose the
 * order of their sums by the size of a pass and the number of threads. The proof is made with noise, which no caller knows or chooses.
 */
export class ProvenSizes {
  private readonly verdicts = new Map<string, Map<number, boolean>>();

  constructor(
    private readonly compute: NoisePass,
    private readonly options: ProvenSizesOptions,
  ) {}

  /** The largest size of at most so many rows that is proven; proves what is not known. */
  async largest(shape: string, rows: number): Promise<number> {
    const sizes = this.sizesOf(shape);
    for (let size = largestPowerOfTwo(Math.min(rows, this.options.maxRows)); size > 1; size /= 2) {
      // Where two rows mix, more do.
      if (sizes.get(2) === false) return 1;
      if (!sizes.has(size)) sizes.set(size, await this.prove(shape, size));
      if (sizes.get(size)) return size;
    }
    return 1;
  }

  /** Whether passes of this shape are proven to have one row alone; `undefined` before two of them were computed. */
  isAlone(shape: string): boolean | undefined {
    const verdict = this.verdicts.get(shape)?.get(2);
    return verdict === undefined ? undefined : !verdict;
  }

  private async prove(shape: string, size: number): Promise<boolean> {
    try {
      const alone: Uint8Array[] = [];
      for (let seed = 0; seed < PROBES; seed++) alone.push(...(await this.compute(shape, [seed])));
      // Rows that are equal would hide that they are mixed.
      if (new Set(alone.map((row) => Buffer.from(row).toString('latin1'))).size < PROBES) return false;
      const seeds = Array.from({ length: size }, (_, i) => (i + size) % PROBES);
      const together = await this.compute(shape, seeds);
      return together.length === size && together.every((row, i) => Buffer.compare(row, alone[seeds[i]]) === 0);
    } catch {
      // It does not compute with noise: nothing is known of its rows.
      return false;
    }
  }

  private sizesOf(shape: string): Map<number, boolean> {
    const sizes = this.verdicts.get(shape) ?? new Map<number, boolean>();
    this.verdicts.delete(shape);
    this.verdicts.set(shape, sizes);
    const [oldest] = this.verdicts.keys();
    if (this.verdicts.size > this.options.maxShapes) this.verdicts.delete(oldest);
    return sizes;
  }
}

function largestPowerOfTwo(max: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, max)));
}

/** A number from 0 to 1 that a seed and a place make, without a pattern. */
export function noiseAt(seed: number, place: number): number {
  let bits = Math.imul(seed + 1, 0x9e37_79b1) ^ Math.imul(place + 1, 0x85eb_ca77);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b_3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a_2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}
