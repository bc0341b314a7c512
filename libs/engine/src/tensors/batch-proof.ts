import { bytesOf, type NamedTensor, rowsOf, TENSOR_ARRAYS, type TensorData, type TensorSignature } from './tensor.js';
import { joinRows, splitRows } from './rows.js';
import type { TensorRunner } from './tensor-runner.js';

/** Shapes that are remembered. */
const MAX_SHAPES = 64;
/** Rows that are computed alone, and then beside others. */
const PROBES = 3;
/** A pass of more is not worth sharing. */
export const MAX_PASS_BYTES = 2 ** 26;

/**
 * Finds out for which shapes requests may share a pass: a model's first dimension need not be one of independent rows, though it is free. The proof
 * is made with noise, which no caller knows or chooses: rows alone and in passes of two, three and as many as there may be must have the same
 * outputs, bit for bit.
 */
export class BatchProof {
  private readonly verdicts = new Map<string, boolean>();
  private readonly isFree: boolean;

  constructor(
    private readonly runner: TensorRunner,
    private readonly maxRows: number,
  ) {
    this.isFree = maxRows > 1 && isFree(runner.signature);
  }

  /** True if requests of this shape could share passes, as far as the model declares. */
  mayShare(inputs: readonly NamedTensor[]): boolean {
    const rows = rowsOf({ inputs });
    return this.isFree && inputs.every(({ dims }) => dims[0] === rows) && bytesOf(inputs) <= MAX_PASS_BYTES / 2;
  }

  /** What is known of a shape; `undefined` before {@link prove}. */
  verdict(shape: string): boolean | undefined {
    return this.verdicts.get(shape);
  }

  /** Notes that requests of a shape do not share passes. */
  refute(shape: string): void {
    this.note(shape, false);
  }

  /** Proves or refutes that requests of the shape of some inputs may share passes. */
  async prove(shape: string, inputs: readonly NamedTensor[]): Promise<void> {
    try {
      this.note(shape, await this.areIndependent(inputs));
    } catch {
      // It does not compute with noise: nothing is known of its rows.
      this.note(shape, false);
    }
  }

  private note(shape: string, verdict: boolean): void {
    const [oldest] = this.verdicts.keys();
    if (this.verdicts.size >= MAX_SHAPES && oldest !== undefined) this.verdicts.delete(oldest);
    this.verdicts.set(shape, verdict);
  }

  private async areIndependent(inputs: readonly NamedTensor[]): Promise<boolean> {
    const names = this.runner.signature.outputs.map(({ name }) => name);
    const rowBytes = bytesOf(inputs) / rowsOf({ inputs });
    const most = Math.max(2, Math.min(this.maxRows, Math.floor(MAX_PASS_BYTES / rowBytes)));
    const rows = Array.from({ length: PROBES }, (_, seed) => noiseRow(inputs, seed));
    const alone: NamedTensor[][] = [];
    for (const row of rows) alone.push(await this.runner.run(row, names));
    for (const size of new Set([2, PROBES, most])) {
      // In another order each time.
      const places = Array.from({ length: size }, (_, i) => (i + size) % PROBES);
      const outputs = await this.runner.run(joinRows(places.map((place) => rows[place])), names);
      const parts = splitRows(
        outputs,
        places.map(() => 1),
      );
      if (!parts || !parts.every((part, i) => areEqual(part, alone[places[i]]))) return false;
    }
    return true;
  }
}

/** True if the first dimension of all inputs and outputs is not fixed. */
function isFree({ inputs, outputs }: TensorSignature): boolean {
  return inputs.length > 0 && [...inputs, ...outputs].every(({ dims }) => typeof dims[0] === 'string');
}

/** Inputs of one row of noise. */
function noiseRow(inputs: readonly NamedTensor[], seed: number): NamedTensor[] {
  let state = seed + 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return inputs.map(({ name, type, dims }) => {
    const shape = [1, ...dims.slice(1)];
    const size = shape.reduce((product, length) => product * length, 1);
    return { name, type, dims: shape, data: noise(type, size, next) };
  });
}

/** Fractions for what has fractions; of numbers that may be places or lengths, zeros and ones. */
function noise(type: NamedTensor['type'], size: number, next: () => number): TensorData {
  if (type === 'string') return Array.from({ length: size }, () => (next() < 0.5 ? 'a' : 'b'));
  const data = new TENSOR_ARRAYS[type](size);
  for (let i = 0; i < size; i++) {
    const value = next();
    if (type === 'float16') data[i] = 0x3800 + Math.floor(value * 0x400);
    else if (type === 'float32' || type === 'float64') data[i] = 2 * value - 1;
    else if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[i] = BigInt(Math.round(value));
    else data[i] = Math.round(value);
  }
  return data;
}

function areEqual(a: readonly NamedTensor[], b: readonly NamedTensor[]): boolean {
  return a.every(({ dims, data }, i) => {
    const other = b[i].data;
    if (dims.join() !== b[i].dims.join()) return false;
    if (Array.isArray(data) || Array.isArray(other)) return String(data) === String(other);
    return Buffer.from(data.buffer, data.byteOffset, data.byteLength).equals(
      Buffer.from(other.buffer, other.byteOffset, other.byteLength),
    );
  });
}
