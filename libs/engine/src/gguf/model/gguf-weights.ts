import { modelInvalid, modelUnsupported } from '../../errors/engine.errors.js';
import type { ModelConfig } from '../../model/model-config.js';
import type { BlockType, StoredBlocks, Weights } from '../../model/weights.js';
import { dequantize, READABLE_TYPES } from '../blocks/dequantize.js';
import type { GgufModel, GgufTensor } from '../file/gguf-model.js';
import { type GgufArchitecture, readGgufArchitecture } from './gguf-architecture.js';
import { copyHeadRows, rowsOfHeads } from './head-rows.js';
import { ReusedBuffer } from './reused-buffer.js';
import { ggufTensorName } from './tensor-names.js';

const BLOCK_TYPES: readonly BlockType[] = ['Q4_0', 'Q4_1', 'Q4_K'];

/** The share of the weights of a model's layers that are stored in 4 bits, and so may be in a graph. */
export function int4ShareOf({ tensors }: GgufModel): number {
  let [all, narrow] = [0, 0];
  for (const { name, type, shape } of tensors.values()) {
    if (!name.startsWith('blk.') || shape.length !== 2) continue;
    all += shape[0] * shape[1];
    if (BLOCK_TYPES.some((known) => known === type.name)) narrow += shape[0] * shape[1];
  }
  return all === 0 ? 1 : narrow / all;
}

/** Tensors that became part of the configuration, and tables of angles that old files have. */
const CONFIGURATION = /^rope_(freqs|factors_long|factors_short)\.weight$|\.attn_rot_embd(\.weight)?$/;

/** Rows `[from, to)` of a matrix of so many rows and columns; a vector has columns of one element. */
interface RowRange {
  rows: number;
  columns: number;
  from: number;
  to: number;
}

/** The weights of GGUF files. */
export class GgufWeights implements Weights {
  private readonly architecture: GgufArchitecture;
  private readonly unread: Set<string>;
  /** Used again by each {@link readRows}: rows as they are stored, in their order, and as float32. */
  private readonly stored = new ReusedBuffer();
  private readonly rows = new ReusedBuffer();
  private readonly floats = new ReusedBuffer();

  /**
   * @param model closed by {@link close}
   * @throws `model_unsupported` naming a tensor whose type is not supported
   */
  constructor(
    private readonly model: GgufModel,
    private readonly config: Pick<ModelConfig, 'heads' | 'kvHeads'>,
  ) {
    this.architecture = readGgufArchitecture(model.metadata);
    for (const tensor of model.tensors.values()) assertReadable(tensor);
    this.unread = new Set([...model.tensors.keys()].filter((name) => !CONFIGURATION.test(name)));
  }

  get paths(): string[] {
    return this.model.paths;
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  read(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
    const tensor = this.tensor(name, shape);
    const [rows, columns = 1] = shape;
    const range = { rows, columns, from: 0, to: rows };
    const bytes = this.storedRows(tensor, name, range, new ReusedBuffer());
    return dequantize(bytes, tensor.type.name, new Float32Array(rows * columns));
  }

  readRows(
    name: string,
    shape: readonly [rows: number, columns: number],
    from: number,
    to: number,
  ): Float32Array<ArrayBuffer> {
    const tensor = this.tensor(name, shape);
    const [rows, columns] = shape;
    const bytes = this.storedRows(tensor, name, { rows, columns, from, to }, this.rows);
    return dequantize(bytes, tensor.type.name, this.floats.floats((to - from) * columns));
  }

  blocks(
    name: string,
    shape: readonly [rows: number, columns: number],
    from: number,
    to: number,
  ): StoredBlocks | undefined {
    const tensor = this.tensor(name, shape);
    const type = BLOCK_TYPES.find((known) => known === tensor.type.name);
    const [rows, columns] = shape;
    return type && { type, bytes: this.storedRows(tensor, name, { rows, columns, from, to }, new ReusedBuffer()) };
  }

  areEqual(name: string, other: string): boolean {
    const [a, b] = [this.find(name), this.find(other)];
    if (!a || !b || a.type !== b.type || a.byteLength !== b.byteLength) return false;
    return a.file.hasSameBytes(a.begin, b.file, b.begin, a.byteLength);
  }

  ignore(names: string | RegExp): void {
    if (typeof names !== 'string') {
      for (const name of this.unread) if (names.test(name)) this.unread.delete(name);
      return;
    }
    const stored = ggufTensorName(names, this.architecture);
    if (stored !== undefined) this.unread.delete(stored);
  }

  assertAllRead(): void {
    const [left] = this.unread;
    if (left === undefined) return;
    const others = this.unread.size > 1 ? ` (and ${this.unread.size - 1} more)` : '';
    throw modelUnsupported(
      `${this.model.tensors.get(left)!.file.path}: tensor "${left}"${others} is not part of the supported architecture "${this.architecture.name}". Take another file of this model.`,
    );
  }

  assertUnchanged(): void {
    this.model.assertUnchanged();
  }

  close(): void {
    this.model.close();
  }

  private find(name: string): GgufTensor | undefined {
    const stored = ggufTensorName(name, this.architecture);
    return stored === undefined ? undefined : this.model.tensors.get(stored);
  }

  /** The tensor, which is used from now on. */
  private tensor(name: string, shape: readonly number[]): GgufTensor {
    const tensor = this.find(name);
    if (!tensor) {
      const stored = ggufTensorName(name, this.architecture) ?? name;
      throw modelInvalid(
        `${this.model.metadata.path} has no tensor "${stored}", which the architecture "${this.architecture.name}" needs. Take another file of this model.`,
      );
    }
    if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
      throw modelInvalid(
        `${tensor.file.path}: tensor "${tensor.name}" has shape [${tensor.shape}], but the metadata ask for [${shape}]. Take another file of this model.`,
      );
    }
    this.unread.delete(tensor.name);
    return tensor;
  }

  /** The bytes of rows, in Hugging Face's order. */
  private storedRows(
    { type, file, begin }: GgufTensor,
    name: string,
    { rows, columns, from, to }: RowRange,
    target: ReusedBuffer,
  ): Uint8Array<ArrayBuffer> {
    const rowBytes = (columns / type.blockElements) * type.blockBytes;
    const bytes = target.bytes((to - from) * rowBytes);
    const heads = this.headsOf(name);
    if (heads === undefined) {
      file.readInto(bytes, begin + from * rowBytes);
      return bytes;
    }
    const headRows = { headDim: rows / heads, rowBytes };
    const [first, end] = rowsOfHeads(headRows, from, to);
    const stored = this.stored.bytes((end - first) * rowBytes);
    file.readInto(stored, begin + first * rowBytes);
    copyHeadRows(headRows, [from, to], stored, bytes);
    return bytes;
  }

  /** The heads of a tensor whose rows are interleaved. */
  private headsOf(name: string): number | undefined {
    if (!this.architecture.interleaved) return undefined;
    if (/\.q_proj\.(weight|bias)$/.test(name)) return this.config.heads;
    return /\.k_proj\.(weight|bias)$/.test(name) ? this.config.kvHeads : undefined;
  }
}

function assertReadable({ type, name, shape, file }: GgufTensor): void {
  if (shape.length === 1 && type.blockElements > 1) {
    throw modelUnsupported(
      `${file.path}: tensor "${name}" has one dimension and type ${type.name}; only matrices may be quantized. Take another file of this model.`,
    );
  }
  if (READABLE_TYPES.includes(type.name)) return;
  throw modelUnsupported(
    `${file.path}: tensor "${name}" has type ${type.name}; supported are ${READABLE_TYPES.join(', ')}. Take a Q4_K_M or Q8_0 file of this model.`,
  );
}
