import { InferenceSession, Tensor } from './onnxruntime.js';
import { GraphBuilder } from '../graph/graph-builder.js';
import type { KvShape } from '../kv-pool/kv-pool.js';

/**
 * Operations on tensors that live on the device, by sessions of their own: rows of keys and values are selected and
 * concatenated there, and outputs bring values back to the host. (Reading such a tensor directly ends the process.)
 */
export class DeviceTensors {
  private constructor(
    private readonly selection: InferenceSession,
    private readonly concatenation: InferenceSession,
    private readonly downloading: InferenceSession,
  ) {}

  static async create(shape: KvShape, options: InferenceSession.SessionOptions): Promise<DeviceTensors> {
    const onDevice = { ...options, preferredOutputLocation: 'gpu-buffer' as const };
    return new DeviceTensors(
      await InferenceSession.create(selectionGraph(shape), onDevice),
      await InferenceSession.create(concatGraph(shape), onDevice),
      await InferenceSession.create(downloadGraph(), options),
    );
  }

  /** Copies rows, `[rows.length, kvHeads, capacity, headDim]` each, with more room than they had, or less. */
  async select(tensors: readonly Tensor[], rows: readonly number[], had: number, capacity: number): Promise<Tensor[]> {
    const pads = BigInt64Array.of(0n, 0n, 0n, 0n, 0n, 0n, BigInt(capacity - had), 0n);
    return this.run(this.selection, tensors, {
      rows: new Tensor('int64', BigInt64Array.from(rows, BigInt), [rows.length]),
      pads: new Tensor('int64', pads, [8]),
    });
  }

  /** The rows of one batch, then those of another with the same capacity. */
  async concat(first: readonly Tensor[], second: readonly Tensor[]): Promise<Tensor[]> {
    return this.run(this.concatenation, first, Object.fromEntries(second.map((tensor, i) => [`second.${i}`, tensor])));
  }

  /** The values of a float32 matrix. */
  async download(matrix: Tensor): Promise<Float32Array> {
    const { result } = await this.downloading.run({ matrix });
    return result.data as Float32Array;
  }

  async release(): Promise<void> {
    await this.selection.release();
    await this.concatenation.release();
    await this.downloading.release();
  }

  private async run(
    session: InferenceSession,
    tensors: readonly Tensor[],
    others: Record<string, Tensor>,
  ): Promise<Tensor[]> {
    const feeds = Object.fromEntries(tensors.map((tensor, i) => [`tensor.${i}`, tensor]));
    const outputs = await session.run({ ...feeds, ...others });
    return tensors.map((_, i) => outputs[`result.${i}`]);
  }
}

function selectionGraph(shape: KvShape): Uint8Array {
  const graph = new GraphBuilder('selection', '');
  graph.input('rows', 'int64', ['R']);
  graph.input('pads', 'int64', [8]);
  return buildForAll(graph, shape, (tensor, result) => {
    const rows = graph.node('Gather', [tensor, 'rows'], { attributes: { axis: 0 } });
    graph.node('Pad', [rows, 'pads'], {}, result);
  });
}

function concatGraph(shape: KvShape): Uint8Array {
  const graph = new GraphBuilder('concat', '');
  return buildForAll(graph, shape, (tensor, result, i) => {
    const second = graph.input(`second.${i}`, 'float32', ['R', shape.kvHeads, 'C', shape.headDim]);
    graph.node('Concat', [tensor, second], { attributes: { axis: 0 } }, result);
  });
}

function downloadGraph(): Uint8Array {
  const graph = new GraphBuilder('download', '');
  graph.input('matrix', 'float32', ['B', 'N']);
  graph.node('Identity', ['matrix'], {}, 'result');
  graph.output('result', 'float32', ['B', 'N']);
  return graph.build();
}

/** A graph that does the same to the keys and the values of every layer. */
function buildForAll(
  graph: GraphBuilder,
  { layers, kvHeads, headDim }: KvShape,
  build: (tensor: string, result: string, index: number) => void,
): Uint8Array {
  for (let i = 0; i < 2 * layers; i++) {
    build(graph.input(`tensor.${i}`, 'float32', ['B', kvHeads, 'C', headDim]), `result.${i}`, i);
    graph.output(`result.${i}`, 'float32', ['N', kvHeads, 'D', headDim]);
  }
  return graph.build();
}
