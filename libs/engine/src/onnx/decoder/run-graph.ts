import { InferenceSession, Tensor } from '../../runner/onnxruntime.js';
import { type ProbeInput, probeName } from './probe-attention.js';

/** Runs a small graph of one output once, on one thread. */
export async function runGraph(graph: Uint8Array, inputs: Record<string, ProbeInput>): Promise<Float32Array> {
  const session = await InferenceSession.create(graph, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  try {
    const names = new Set(session.inputNames);
    const wanted = Object.entries(inputs).filter(([name]) => names.has(probeName(name)));
    const feeds = wanted.map(([name, input]) => [probeName(name), tensorOf(input)] as const);
    const outputs = await session.run(Object.fromEntries(feeds));
    return outputs[session.outputNames[0]].data as Float32Array;
  } finally {
    await session.release();
  }
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array, int8: Int8Array } as const;

function tensorOf({ type, dims, fill }: ProbeInput): Tensor {
  const size = dims.reduce((product, length) => product * length, 1);
  if (type === 'int64') {
    return new Tensor(
      type,
      fill ? BigInt64Array.from({ length: size }, (_, i) => BigInt(fill(i))) : new BigInt64Array(size),
      dims,
    );
  }
  const elements = new ARRAYS[type](size);
  if (fill) for (let i = 0; i < size; i++) elements[i] = fill(i);
  return new Tensor(type, elements, dims);
}
