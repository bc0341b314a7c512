import { messageOf } from '@frontier/errors';
import { engineError } from '../../errors/engine.errors.js';
import { InferenceSession, Tensor } from '../../runner/onnxruntime.js';
import { sessionOptions } from '../../runner/provider.js';
import type { TokenVectors } from '../chain/pooling.js';
import type { EncoderInput } from '../encoder-types.js';
import type { EncoderRunner } from './encoder-runner.js';

interface ExportRunnerOptions {
  output: string;
  /** Numbers of a vector. */
  size: number;
  /** Types of the inputs by their names. */
  inputTypes: ReadonlyMap<string, 'int32' | 'int64'>;
  /** The token behind a text's end, which the mask leaves out. */
  paddingToken: number;
  /** True where a text is computed alone, since what it gives would depend on others. */
  isAlone: boolean;
  /** Threads of one pass; 0 takes all cores. */
  threads: number;
}

/**
 * Runs an encoder's ONNX file, or the graph made of one, on texts padded to one length. That length is a function of the text's own, so that
 * each sum has the same terms whatever texts are beside it.
 */
export class ExportEncoderRunner implements EncoderRunner {
  private constructor(
    private readonly session: InferenceSession,
    private readonly options: ExportRunnerOptions,
  ) {}

  /**
   * Loads the graph in `path`. Blocks the event loop of this process until it is loaded.
   * @throws `engine_error` with the runtime's message
   */
  static async load(path: string, options: ExportRunnerOptions): Promise<ExportEncoderRunner> {
    try {
      const session = await InferenceSession.create(path, {
        ...sessionOptions({ name: 'cpu' }, options.threads),
        enableMemPattern: false,
        logSeverityLevel: 3,
      });
      return new ExportEncoderRunner(session, options);
    } catch (error) {
      throw engineError(`ONNX Runtime could not load the graph: ${messageOf(error)}`, error);
    }
  }

  async encode(inputs: readonly EncoderInput[]): Promise<TokenVectors[]> {
    const vectors = new Map<EncoderInput, TokenVectors>();
    for (const [length, texts] of byLength(inputs)) {
      const groups = this.options.isAlone ? texts.map((text) => [text]) : [texts];
      for (const group of groups) await this.run(group, length, vectors);
    }
    return inputs.map((input) => vectors.get(input)!);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async run(
    texts: readonly EncoderInput[],
    length: number,
    into: Map<EncoderInput, TokenVectors>,
  ): Promise<void> {
    const { output, size } = this.options;
    const { data, dims } = (await this.session.run(this.feeds(texts, length), [output]))[output];
    if (dims.at(-1) !== size) {
      throw engineError(`The output "${output}" has ${dims.at(-1)} numbers a vector, where config.json says ${size}.`);
    }
    const rowSize = (data as Float32Array).length / texts.length;
    const isPooled = dims.length === 2;
    for (const [row, input] of texts.entries()) {
      const count = isPooled ? 1 : input.tokens.length;
      const values = (data as Float32Array).subarray(row * rowSize, row * rowSize + count * size);
      into.set(input, { size, values });
    }
  }

  private feeds(texts: readonly EncoderInput[], length: number): Record<string, Tensor> {
    const { inputTypes, paddingToken } = this.options;
    const rows: Record<string, (text: EncoderInput, at: number) => number> = {
      input_ids: ({ tokens }, at) => (at < tokens.length ? tokens[at] : paddingToken),
      attention_mask: ({ tokens }, at) => (at < tokens.length ? 1 : 0),
      token_type_ids: ({ tokens, typeIds }, at) => (at < tokens.length ? (typeIds?.[at] ?? 0) : 0),
      position_ids: (_, at) => at,
    };
    const feeds: Record<string, Tensor> = {};
    for (const [name, type] of inputTypes) {
      const value = (i: number): number => rows[name](texts[Math.floor(i / length)], i % length);
      const count = texts.length * length;
      const elements =
        type === 'int32'
          ? Int32Array.from({ length: count }, (_, i) => value(i))
          : BigInt64Array.from({ length: count }, (_, i) => BigInt(value(i)));
      feeds[name] = new Tensor(type, elements, [texts.length, length]);
    }
    return feeds;
  }
}

/** Texts by the length that they are padded to. */
function byLength(inputs: readonly EncoderInput[]): Map<number, EncoderInput[]> {
  const groups = new Map<number, EncoderInput[]>();
  for (const input of inputs) {
    const length = exportLengthOf(input.tokens.length);
    const group = groups.get(length);
    if (group) group.push(input);
    else groups.set(length, [input]);
  }
  return groups;
}

/** The length that a text is padded to: an eighth more than it has at most, in steps of eight, so that few lengths have few texts. */
export function exportLengthOf(tokens: number): number {
  const step = Math.max(8, 2 ** Math.floor(Math.log2(tokens)) / 8);
  return Math.ceil(tokens / step) * step;
}
