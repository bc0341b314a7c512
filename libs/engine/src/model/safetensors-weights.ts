import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';
import { readJsonFile } from './json-file.js';
import { missingWeights } from './model-folder.js';
import { SafetensorsFile } from './safetensors-file.js';
import { textTensorName } from './text-tensors.js';
import type { Weights } from './weights.js';

/** Names that some exporters store although the computation does not read them. */
const IGNORED = /\.rotary_emb\.inv_freq$/;

interface StoredTensor {
  file: SafetensorsFile;
  /** Its name in the file. */
  name: string;
}

/**
 * The weights of a model folder: `model.safetensors`, or the shards that `model.safetensors.index.json` lists. Tensors of a
 * multimodal model have the names of its text model.
 */
export class SafetensorsWeights implements Weights {
  private readonly tensors = new Map<string, StoredTensor>();
  private readonly files: Set<SafetensorsFile>;
  private readonly unread: Set<string>;

  private constructor(fileOf: Map<string, SafetensorsFile>, nameOf: (stored: string) => string | undefined) {
    this.files = new Set(fileOf.values());
    for (const [name, file] of fileOf) {
      const known = nameOf(name);
      if (known !== undefined) this.tensors.set(known, { file, name });
    }
    this.unread = new Set(this.tensors.keys());
  }

  /**
   * @param nameOf the name of a stored tensor in the model, `undefined` for one that is not of it
   * @throws `model_invalid` when a file is missing or damaged
   */
  static open(folder: string, nameOf = textTensorName): SafetensorsWeights {
    const indexPath = join(folder, 'model.safetensors.index.json');
    const single = join(folder, 'model.safetensors');
    if (!existsSync(indexPath) && !existsSync(single)) throw missingWeights(folder);
    if (existsSync(single)) {
      const file = SafetensorsFile.open(single);
      return new SafetensorsWeights(new Map([...file.names].map((name) => [name, file])), nameOf);
    }
    return new SafetensorsWeights(openShards(folder, indexPath), nameOf);
  }

  assertUnchanged(): void {
    for (const file of this.files) file.assertUnchanged();
  }

  read(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
    const tensor = this.tensor(name);
    return tensor.file.read(tensor.name, shape);
  }

  readRows(
    name: string,
    shape: readonly [rows: number, columns: number],
    from: number,
    to: number,
  ): Float32Array<ArrayBuffer> {
    const tensor = this.tensor(name);
    return tensor.file.readRows(tensor.name, shape, from, to);
  }

  has(name: string): boolean {
    return this.tensors.has(name);
  }

  areEqual(name: string, other: string): boolean {
    const [a, b] = [this.tensors.get(name), this.tensors.get(other)];
    return a !== undefined && b !== undefined && a.file.hasSameBytes(a.name, b.file, b.name);
  }

  ignore(names: string | RegExp): void {
    if (typeof names === 'string') this.unread.delete(names);
    else for (const name of this.unread) if (names.test(name)) this.unread.delete(name);
  }

  assertAllRead(): void {
    const left = [...this.unread].filter((name) => !IGNORED.test(name));
    if (left.length === 0) return;
    const others = left.length > 1 ? ` (and ${left.length - 1} more)` : '';
    throw modelUnsupported(`Tensor "${left[0]}"${others} is not part of the supported architecture.`);
  }

  get paths(): string[] {
    return [...this.files].map((file) => file.path);
  }

  close(): void {
    for (const file of this.files) file.close();
  }

  private tensor(name: string): StoredTensor {
    const tensor = this.tensors.get(name);
    if (!tensor) throw modelInvalid(`The weights have no tensor "${name}", which this architecture needs.`);
    this.unread.delete(name);
    return tensor;
  }
}

function openShards(folder: string, indexPath: string): Map<string, SafetensorsFile> {
  const map = readJsonFile(indexPath).weight_map;
  if (typeof map !== 'object' || map === null) throw modelInvalid(`${indexPath}: "weight_map" must be an object.`);
  const shards = new Map<string, SafetensorsFile>();
  const fileOf = new Map<string, SafetensorsFile>();
  for (const [name, shard] of Object.entries(map as Record<string, unknown>)) {
    if (typeof shard !== 'string' || /[\\/]/.test(shard)) {
      throw modelInvalid(`${indexPath}: the shard of tensor "${name}" must be a file name in the same folder.`);
    }
    let file = shards.get(shard);
    if (!file) shards.set(shard, (file = SafetensorsFile.open(join(folder, shard))));
    fileOf.set(name, file);
  }
  return fileOf;
}
