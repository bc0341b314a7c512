import { InferenceSession, Tensor } from './onnxruntime.js';
import { DATA_TYPE } from '../graph/data-types.js';
import { GraphBuilder } from '../graph/graph-builder.js';

/**
 * True on processors that add up products of unsigned and signed 8-bit numbers in 16 bits, which saturate: x86 with AVX2
 * but without VNNI
 * (https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "When and why do I need to try U8U8?").
 */
export async function int8DotSaturates(): Promise<boolean> {
  const size = 64;
  const graph = new GraphBuilder('int8 dot product', '');
  graph.input('activations', 'uint8', [1, size]);
  const weights = graph.constant('weights', new Int8Array(size * size).fill(127), [size, size]);
  const product = graph.node('MatMulInteger', ['activations', weights]);
  graph.node('Cast', [product], { attributes: { to: DATA_TYPE.float32 } }, 'products');
  graph.output('products', 'float32', [1, size]);
  const session = await InferenceSession.create(graph.build(), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  try {
    const { products } = await session.run({
      activations: new Tensor('uint8', new Uint8Array(size).fill(255), [1, size]),
    });
    return (products.data as Float32Array).some((value) => value !== 255 * 127 * size);
  } finally {
    await session.release();
  }
}
