/** Activations of layers behind the pooling. */
export type DenseActivation = 'identity' | 'tanh' | 'relu' | 'sigmoid';

const FUNCTIONS: Record<DenseActivation, (value: number) => number> = {
  identity: (value) => value,
  tanh: Math.tanh,
  relu: (value) => (value < 0 ? 0 : value),
  sigmoid: (value) => 1 / (1 + Math.exp(-value)),
};

/** A layer that is computed for one vector at a time, in the order of its elements, so that no other vector changes a bit of it. */
export class DenseLayer {
  /** Elements of its result. */
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
