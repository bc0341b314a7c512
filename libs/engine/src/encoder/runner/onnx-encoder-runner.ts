import { messageOf } from '@frontier/errors';
import { engineError } from '../../errors/engine.errors.js';
import { ENCODER_GRAPH } from '../../graph/encoder/encoder-interface.js';
import { InferenceSession, Tensor } from '../../runner/onnxruntime.js';
import { type ProviderOptions, sessionOptions } from '../../runner/provider.js';
import type { TokenVectors } from '../chain/pooling.js';
import type { EncoderInput } from '../encoder-types.js';
import { type EncoderRunner, paddedLengthOf } from './encoder-runner.js';

interface EncoderRunnerOptions {
  hiddenSize: number;
  /** Threads of one pass; 0 takes all cores. */
  threads: number;
  provider: ProviderOptions;
}

/** Rows of linear layers come in multiples of this: a row alone would be added up in another order. */
const ROW_STEP = 8;

/** Runs an encoder's graph on onnxruntime-node. */
export class OnnxEncoderRunner implements EncoderRunner {
  private constructor(
    private readonly session: InferenceSession,
    private readonly hiddenSize: number,
  ) {}

  /**
   * Loads the graph in `path`. Blocks the event loop of this process until it is loaded.
   * @throws `engine_error` with the runtime's message
   */
  static async load(path: string, { hiddenSize, threads, provider }: EncoderRunnerOptions): Promise<OnnxEncoderRunner> {
    // Plans of memory are kept for each combination of sizes, and these hardly ever come again.
    const options = { ...sessionOptions(provider, threads), enableMemPattern: false };
    try {
      return new OnnxEncoderRunner(await InferenceSession.create(path, options), hiddenSize);
    } catch (error) {
      throw engineError(`ONNX Runtime could not load the graph: ${messageOf(error)}`, error);
    }
  }

  async encode(inputs: readonly EncoderInput[]): Promise<TokenVectors[]> {
    const { hiddenSize: size } = this;
    const outputs = await this.session.run(batchTensors(inputs), [ENCODER_GRAPH.hidden]);
    const values = outputs[ENCODER_GRAPH.hidden].data as Float32Array;
    let end = 0;
    return inputs.map(({ tokens }) => ({ size, values: values.subarray(end * size, (end += tokens.length) * size) }));
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** The inputs of a pass. */
function batchTensors(inputs: readonly EncoderInput[]): Record<string, Tensor> {
  const lengths = inputs.map(({ tokens }) => tokens.length);
  const count = lengths.reduce((sum, length) => sum + length, 0);
  const rows = Math.ceil(count / ROW_STEP) * ROW_STEP;
  const padded = paddedLengthOf(Math.max(...lengths));
  const [ids, positions, types, places] = Array.from({ length: 4 }, () => new Int32Array(rows));
  const paddedTokens = new Int32Array(inputs.length * padded);
  let begin = 0;
  for (const [text, { tokens, typeIds }] of inputs.entries()) {
    ids.set(tokens, begin);
    if (typeIds) types.set(typeIds, begin);
    for (let i = 0; i < padded; i++) {
      // Behind its end a text is padded with its own first token, so that nothing of another text comes near it.
      paddedTokens[text * padded + i] = i < tokens.length ? begin + i : begin;
      if (i >= tokens.length) continue;
      positions[begin + i] = i;
      places[begin + i] = text * padded + i;
    }
    begin += tokens.length;
  }
  const vector = (values: Int32Array): Tensor => new Tensor('int32', values, [values.length]);
  return {
    [ENCODER_GRAPH.inputIds]: vector(ids),
    [ENCODER_GRAPH.positionIds]: vector(positions),
    [ENCODER_GRAPH.typeIds]: vector(types),
    [ENCODER_GRAPH.tokenPlaces]: vector(places),
    [ENCODER_GRAPH.paddedTokens]: new Tensor('int32', paddedTokens, [inputs.length, padded]),
    [ENCODER_GRAPH.lastPositions]: vector(Int32Array.from(lengths, (length) => length - 1)),
    [ENCODER_GRAPH.paddedLength]: new Tensor('int32', Int32Array.of(padded), []),
  };
}
