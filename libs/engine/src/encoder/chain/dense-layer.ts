/** Activations of layers behind the pooling. */
export type DenseActivation = 'identity' | 'tanh' | 'relu' | 'sigmoid' | 'gelu';

const FUNCTIONS: Record<DenseActivation, (value: number) => number> = {
  identity: (value) => value,
  tanh: Math.tanh,
  relu: (value) => (value < 0 ? 0 : value),
  sigmoid: (value) => 1 / (1 + Math.exp(-value)),
  gelu: (value) => (value / 2) * (1 + erf(value / Math.SQRT2)),
};

/** The error function; Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26, with an error of at most 1.5e-7. */
function erf(value: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(value));
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(value) * (1 - series * Math.exp(-value * value));
}

/** A step behind the pooling that has weights. */
export interface VectorLayer {
  /** Elements of its result. */
  readonly outputSize: number;
  apply(input: Float32Array): Float32Array;
}

/** A layer that is computed for one vector at a time, in the order of its elements, so that no other vector changes a bit of it. */
export class DenseLayer implements VectorLayer {
  readonly outputSize: number;

  /**
   * @param weight `[outputSize, inputSize]` row-major
   * @param bias `[outputSize]`
   */
  constructor(
    private readonly weight: Float32Array,
    private readonly bias: Float32Array | undefined,
    private readonly inputSize: number,
    private readonly activation: DenseActivation,
  ) {
    this.outputSize = weight.length / inputSize;
  }

  apply(input: Float32Array): Float32Array {
    const { weight, bias, inputSize } = this;
    const activate = FUNCTIONS[this.activation];
    const output = new Float32Array(this.outputSize);
    for (let row = 0, at = 0; row < output.length; row++) {
      let sum = bias ? bias[row] : 0;
      for (let i = 0; i < inputSize; i++, at++) sum += weight[at] * input[i];
      output[row] = activate(sum);
    }
    return output;
  }
}

/** Normalises a vector to the mean 0 and the variance 1, and multiplies its elements by weights. */
export class NormLayer implements VectorLayer {
  constructor(
    private readonly weight: Float32Array,
    private readonly epsilon: number,
  ) {}

  get outputSize(): number {
    return this.weight.length;
  }

  apply(input: Float32Array): Float32Array {
    let sum = 0;
    for (const value of input) sum += value;
    const mean = sum / input.length;
    let squares = 0;
    for (const value of input) squares += (value - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / input.length + this.epsilon);
    return input.map((value, i) => (value - mean) * scale * this.weight[i]);
  }
}
