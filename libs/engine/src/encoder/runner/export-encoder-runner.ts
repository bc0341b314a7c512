import { messageOf } from '@frontier/errors';
import { engineError } from '../../errors/engine.errors.js';
import { noiseAt, ProvenSizes } from '../../passes/proven-sizes.js';
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
  vocabSize: number;
  /** The longest text, padding included. */
  maxTokens: number;
  /** Texts of a pass at most. */
  maxTexts: number;
  /** True where a text is computed alone, since what it gives would depend on others. */
  isAlone: boolean;
  /** Threads of one pass; 0 takes all cores. */
  threads: number;
}

/** Lengths that texts are padded to; there are fewer. */
const MAX_LENGTHS = 256;

/**
 * Runs an encoder's ONNX file, or the graph made of one, on texts padded to one length, which is a function of the text's own, in passes of a size that
 * is proven to change no bit (see {@link ProvenSizes}).
 */
export class ExportEncoderRunner implements EncoderRunner {
  private readonly sizes: ProvenSizes;

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: ExportRunnerOptions,
  ) {
    const limits = { maxRows: options.isAlone ? 1 : options.maxTexts, maxShapes: MAX_LENGTHS };
    this.sizes = new ProvenSizes((length, seeds) => this.noisePass(Number(length), seeds), limits);
  }

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
    for (const [length, texts] of byLength(inputs, this.options.maxTokens)) {
      let done = 0;
      while (done < texts.length) {
        const size = await this.sizes.largest(String(length), texts.length - done);
        const pass = texts.slice(done, (done += size));
        for (const [i, found] of (await this.run(pass, length)).entries()) vectors.set(pass[i], found);
      }
    }
    return inputs.map((input) => vectors.get(input)!);
  }

  async release(): Promise<void> {
    await this.session.release();
  }

  private async run(texts: readonly EncoderInput[], length: number): Promise<TokenVectors[]> {
    const { output, size } = this.options;
    const { data, dims } = (await this.session.run(this.feeds(texts, length), [output]))[output];
    if (dims.at(-1) !== size) {
      throw engineError(`The output "${output}" has ${dims.at(-1)} numbers a vector, where config.json says ${size}.`);
    }
    const rowSize = (data as Float32Array).length / texts.length;
    return texts.map(({ tokens }, row) => {
      const count = dims.length === 2 ? 1 : tokens.length;
      const values = (data as Float32Array).subarray(row * rowSize, row * rowSize + count * size);
      return { size, values };
    });
  }

  /** Texts of noise, of the length itself. */
  private async noisePass(length: number, seeds: readonly number[]): Promise<Uint8Array[]> {
    const texts = seeds.map((seed) => ({
      tokens: Int32Array.from({ length }, (_, i) => Math.floor(noiseAt(seed, i) * this.options.vocabSize)),
    }));
    const vectors = await this.run(texts, length);
    return vectors.map(({ values }) => new Uint8Array(values.slice().buffer));
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
function byLength(inputs: readonly EncoderInput[], maxTokens: number): Map<number, EncoderInput[]> {
  const groups = new Map<number, EncoderInput[]>();
  for (const input of inputs) {
    const length = Math.min(exportLengthOf(input.tokens.length), maxTokens);
    const group = groups.get(length);
    if (group) group.push(input);
    else groups.set(length, [input]);
  }
  return groups;
}

/** The length that a text is padded to: an eighth more than it has at most, in steps of eight, so that few lengths have few texts. */
function exportLengthOf(tokens: number): number {
  const step = Math.max(8, 2 ** Math.floor(Math.log2(tokens)) / 8);
  return Math.ceil(tokens / step) * step;
}
