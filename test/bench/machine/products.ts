import { randomFillSync } from 'node:crypto';
import { GraphBuilder } from '../../../libs/engine/dist/graph/graph-builder.js';
import { InferenceSession, Tensor } from '../../../libs/engine/dist/runner/onnxruntime.js';

export type ProductKind = 'int8' | 'int4' | 'fp32';

/** The weights of a linear layer, which takes vectors of `columns` elements and gives such of `rows`. */
export interface MatrixShape {
  rows: number;
  columns: number;
  /** True of the output projection, which only the last vector of a prompt needs. */
  isHead?: boolean;
}

interface ProductsOptions {
  threads: number;
  /** True if threads wait for their next part in a loop, which is fastest where nothing else runs. */
  spinning: boolean;
}

/** Elements that share a scale in int4. */
const BLOCK = 32;

/**
 * Bare matrix products in ONNX Runtime, by the kernels of a precision: nothing else is in the graph but what takes one element of each result
 * to the outputs, which would be copied.
 */
export class Products {
  private readonly session: InferenceSession;
  private readonly kind: ProductKind;
  private readonly inputs: readonly Input[];

  private constructor(session: InferenceSession, kind: ProductKind, inputs: readonly Input[]) {
    this.session = session;
    this.kind = kind;
    this.inputs = inputs;
  }

  static async open(
    kind: ProductKind,
    matrices: readonly MatrixShape[],
    { threads, spinning }: ProductsOptions,
  ): Promise<Products> {
    const graph = new GraphBuilder('products', '');
    const inputs = new Map<string, Input>();
    const inputOf = ({ columns, isHead = false }: MatrixShape): Input => {
      const name = `${isHead ? 'head' : 'layer'}_${columns}`;
      const known = inputs.get(name);
      if (known) return known;
      const input = { name, columns, isHead };
      inputs.set(name, input);
      graph.input(name, kind === 'int8' ? 'uint8' : 'float32', [`n_${name}`, columns]);
      return input;
    };
    const multiply = MULTIPLIERS[kind](graph);
    const [zero, one, lastAxis] = [0, 1, -1].map((value) =>
      graph.constant(`number_${value}`, BigInt64Array.of(BigInt(value)), [1]),
    );
    for (const [i, matrix] of matrices.entries()) {
      const { name } = inputOf(matrix);
      const product = multiply(name, matrix, `matrix_${i}`);
      graph.node('Slice', [product, zero, one, lastAxis], {}, `result_${i}`);
      graph.output(`result_${i}`, 'float32', [`n_${name}`, 1]);
    }
    const session = await InferenceSession.create(graph.build(), {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' } } },
    });
    return new Products(session, kind, [...inputs.values()]);
  }

  /** Milliseconds of one pass over all matrices with so many vectors, of which so many go into the output projection. */
  async timePass(vectors: number, headVectors = vectors): Promise<number> {
    const feeds: Record<string, Tensor> = {};
    for (const { name, columns, isHead } of this.inputs) {
      const size = [isHead ? headVectors : vectors, columns];
      const elements = size[0] * columns;
      feeds[name] =
        this.kind === 'int8'
          ? new Tensor('uint8', new Uint8Array(elements).fill(100), size)
          : new Tensor('float32', new Float32Array(elements).fill(0.5), size);
    }
    const startedAt = performance.now();
    await this.session.run(feeds);
    return performance.now() - startedAt;
  }

  release(): Promise<void> {
    return this.session.release();
  }
}

interface Input {
  name: string;
  columns: number;
  isHead: boolean;
}

/** Adds the product of a value and a matrix, and returns its name. */
type Multiply = (input: string, matrix: MatrixShape, name: string) => string;

const MULTIPLIERS: Record<ProductKind, (graph: GraphBuilder) => Multiply> = {
  int8: (graph) => {
    const scale = graph.constant('scale', Float32Array.of(1e-4), []);
    const zeroPoint = graph.constant('zero_point', Uint8Array.of(128), []);
    return (input, { rows, columns }, name) => {
      const weights = graph.constant(name, randomFillSync(new Int8Array(rows * columns)), [columns, rows]);
      const scales = graph.constant(`${name}_scales`, new Float32Array(rows).fill(0.01), [rows]);
      const inputs = [input, weights, scale, scales, zeroPoint];
      return graph.node('MatMulIntegerToFloat', inputs, { domain: 'com.microsoft' });
    };
  },
  int4: (graph) => {
    return (input, { rows, columns }, name) => {
      const blocks = columns / BLOCK;
      const bytes = randomFillSync(new Uint8Array((rows * columns) / 2));
      const weights = graph.constant(name, bytes, [rows, blocks, BLOCK / 2]);
      const scales = graph.constant(`${name}_scales`, new Float32Array(rows * blocks).fill(0.01), [rows * blocks]);
      const attributes = { K: columns, N: rows, bits: 4, block_size: BLOCK, accuracy_level: 4 };
      return graph.node('MatMulNBits', [input, weights, scales], { attributes, domain: 'com.microsoft' });
    };
  },
  fp32: (graph) => {
    return (input, { rows, columns }, name) => {
      const weights = Float32Array.from({ length: rows * columns }, (_, i) => (i % 251) / 251 - 0.5);
      return graph.node('MatMul', [input, graph.constant(name, weights, [columns, rows])]);
    };
  },
};
