import { BLOCK_SIZE, blocksOf, quantizeBlocks } from '../graph/quantization/block-quantization.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import type { Precision } from '../graph/quantization/precision.js';
import { InferenceSession, Tensor } from './onnxruntime.js';

const SIZE = 256;

/**
 * The rows that a decode pass must have at least, so that a sequence has the same bits alone as beside others: 2 where a
 * matrix product gives a row other bits alone. On processors with AVX2 but without AVX-512 or VNNI, `MatMulNBits` has a
 * kernel of its own for one row, which adds up in another order (docs/decisions/0026-single-rows.md).
 */
export async function minRowsOf(precision: Precision): Promise<1 | 2> {
  for (const kernel of KERNELS[precision]) if (await differsAlone(kernel)) return 2;
  return 1;
}

/**
 * Products whose sums depend on the order of their parts. Those of whole numbers have one value in any order; blocks of a
 * file with 4 bits may have offsets, whose product is one of float32.
 */
const KERNELS: Record<Precision, readonly ('fp32' | 'int4')[]> = { fp32: ['fp32'], int8: [], int4: ['int4', 'fp32'] };

async function differsAlone(precision: 'fp32' | 'int4'): Promise<boolean> {
  const session = await InferenceSession.create(productGraph(precision), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
  });
  try {
    const row = noise(SIZE, 1);
    const alone = await product(session, row, 1);
    const beside = await product(session, Float32Array.from([...row, ...row]), 2);
    return alone.some((value, i) => value !== beside[i]);
  } finally {
    await session.release();
  }
}

function productGraph(precision: 'fp32' | 'int4'): Uint8Array {
  const graph = new GraphBuilder('product of one row', '');
  graph.input('rows', 'float32', ['M', SIZE]);
  const matrix = noise(SIZE * SIZE, 2);
  if (precision === 'fp32') {
    graph.node('MatMul', ['rows', graph.constant('matrix', matrix, [SIZE, SIZE])], {}, 'product');
  } else {
    const { data, scales } = quantizeBlocks(matrix, SIZE);
    const blocks = blocksOf(SIZE);
    const inputs = [
      'rows',
      graph.constant('weights', data, [SIZE, blocks, BLOCK_SIZE / 2]),
      graph.constant('scales', scales, [SIZE * blocks]),
    ];
    const attributes = { K: SIZE, N: SIZE, bits: 4, block_size: BLOCK_SIZE, accuracy_level: 4 };
    graph.node('MatMulNBits', inputs, { attributes, domain: 'com.microsoft' }, 'product');
  }
  graph.output('product', 'float32', ['M', SIZE]);
  return graph.build();
}

async function product(session: InferenceSession, rows: Float32Array, count: number): Promise<Float32Array> {
  const outputs = await session.run({ rows: new Tensor('float32', rows, [count, SIZE]) });
  return outputs.product.data as Float32Array;
}

/** Numbers without a pattern, from -1 to 1. */
function noise(length: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}
