import { messageOf } from '@frontier/errors';
import { engineError, modelUnsupported } from '../errors/engine.errors.js';
import { InferenceSession, Tensor } from '../runner/onnxruntime.js';
import { sessionOptions } from '../runner/provider.js';
import {
  type NamedTensor,
  TENSOR_ARRAYS,
  type TensorData,
  type TensorSignature,
  type TensorSpec,
  type TensorType,
} from './tensor.js';
import type { TensorRunner } from './tensor-runner.js';

/** Runs any ONNX file on onnxruntime-node, as it is. */
export class OnnxTensorRunner implements TensorRunner {
  private constructor(
    private readonly session: InferenceSession,
    readonly signature: TensorSignature,
    readonly mixesRows: boolean,
  ) {}

  /**
   * Loads the file in `path`. Blocks the event loop of this process until it is loaded.
   * @param threads of one pass; 0 takes all cores
   * @param mixesRows see {@link TensorRunner}
   * @throws `engine_error` with the runtime's message, `model_unsupported` naming an input or output that is no tensor of a known type
   */
  static async load(path: string, threads: number, mixesRows: boolean): Promise<OnnxTensorRunner> {
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(path, {
        ...sessionOptions({ name: 'cpu' }, threads),
        enableMemPattern: false,
      });
    } catch (error) {
      throw engineError(`ONNX Runtime could not load ${path}: ${messageOf(error)}`, error);
    }
    const [inputs, outputs] = [session.inputMetadata, session.outputMetadata].map((list) =>
      list.map((each) => specOf(path, each)),
    );
    return new OnnxTensorRunner(session, { inputs, outputs }, mixesRows);
  }

  async run(inputs: readonly NamedTensor[], outputs: readonly string[]): Promise<NamedTensor[]> {
    const feeds = Object.fromEntries(inputs.map(({ name, type, dims, data }) => [name, tensorOf(type, data, dims)]));
    const results = await this.session.run(feeds, [...outputs]);
    return outputs.map((name) => {
      const { type, dims, data } = results[name];
      return { name, type: type as TensorType, dims, data: dataOf(data) };
    });
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

function specOf(path: string, metadata: InferenceSession.ValueMetadata): TensorSpec {
  const { name, isTensor } = metadata;
  if (!isTensor) throw modelUnsupported(`${path}: "${name}" is no tensor.`);
  const { type, shape } = metadata;
  if (type !== 'string' && !Object.hasOwn(TENSOR_ARRAYS, type)) {
    throw modelUnsupported(`${path}: "${name}" is of the type ${type}, which requests cannot have.`);
  }
  const dims = shape.map((size) =>
    typeof size === 'number' && size >= 0 ? size : String(typeof size === 'number' ? '' : size),
  );
  return { name, type: type as TensorType, dims };
}

function tensorOf(type: TensorType, data: TensorData, dims: readonly number[]): Tensor {
  if (type !== 'float16') return new Tensor(type as 'float32', data as Float32Array, dims);
  // The binding takes numbers of 16 bits by their bits only, and the constructor makes `Float16Array`s of them.
  return Object.assign(new Tensor('uint16', data as Uint16Array, dims), { type });
}

/** Elements as requests have them: numbers of 16 bits by their bits. */
function dataOf(data: Tensor.DataType): TensorData {
  if (ArrayBuffer.isView(data) && !(data instanceof Uint8ClampedArray)) {
    const isHalf = data.constructor.name === 'Float16Array';
    return isHalf
      ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
      : (data as unknown as TensorData);
  }
  return data as unknown as TensorData;
}
