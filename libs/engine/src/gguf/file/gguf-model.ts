import { basename, dirname, join } from 'node:path';
import { modelInvalid } from '../../errors/engine.errors.js';
import { ReadableFile } from '../../model/readable-file.js';
import type { GgufMetadata } from '../gguf-metadata.js';
import { type GgufHeader, readGgufHeader } from './gguf-header.js';
import type { TensorInfo } from './tensor-infos.js';

/** A tensor and the file that has its bytes. */
export interface GgufTensor extends TensorInfo {
  file: ReadableFile;
}

/** `NAME-00001-of-00003.gguf` (llama.cpp, `llama_split_path`). */
const PART = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/i;
const MAX_PARTS = 1000;

/** A model of one or several GGUF files, open for reading. */
export class GgufModel {
  private constructor(
    private readonly files: readonly ReadableFile[],
    /** Those of the first file. */
    readonly metadata: GgufMetadata,
    readonly tensors: ReadonlyMap<string, GgufTensor>,
  ) {}

  /**
   * Opens a file and, where it is the first of several, the others beside it.
   * @throws `model_invalid` or `model_unsupported`, naming the file and its fault
   */
  static open(path: string): GgufModel {
    const files: ReadableFile[] = [];
    try {
      return GgufModel.openParts(path, files);
    } catch (error) {
      for (const file of files) file.close();
      throw error;
    }
  }

  private static openParts(path: string, files: ReadableFile[]): GgufModel {
    const tensors = new Map<string, GgufTensor>();
    const add = (part: string): GgufHeader => {
      const file = ReadableFile.open(part);
      files.push(file);
      const header = readGgufHeader(file);
      for (const tensor of header.tensors) {
        const known = tensors.get(tensor.name);
        if (known) {
          throw modelInvalid(
            `${part}: tensor ${JSON.stringify(tensor.name)} is also in ${known.file.path}. Download both again.`,
          );
        }
        tensors.set(tensor.name, { ...tensor, file });
      }
      return header;
    };
    const { metadata } = add(path);
    const parts = partsOf(metadata);
    for (const [i, part] of parts.entries()) {
      const { metadata: found } = i === 0 ? { metadata } : add(part);
      if (found.integer('split.no') === i && found.integer('split.count') === parts.length) continue;
      throw modelInvalid(
        `${part} is not part ${i + 1} of ${parts.length}, as its name says. Take all parts from one place.`,
      );
    }
    const declared = metadata.integer('split.tensors.count');
    if (declared !== undefined && declared !== tensors.size) {
      throw modelInvalid(
        `${path}: the parts have ${tensors.size} tensors together, but "split.tensors.count" says ${declared}. Download them again.`,
      );
    }
    return new GgufModel(files, metadata, tensors);
  }

  get paths(): string[] {
    return this.files.map(({ path }) => path);
  }

  /** @throws `model_invalid` naming a file that was written to since it was opened */
  assertUnchanged(): void {
    for (const file of this.files) file.assertUnchanged();
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}

/** The paths of all files of a model that is split; none where it is not. */
function partsOf(metadata: GgufMetadata): string[] {
  const { path } = metadata;
  const count = metadata.integer('split.count') ?? 1;
  if (count <= 1) return [];
  const [, stem, number, total] = PART.exec(basename(path)) ?? [];
  const name = (part: number, of: string): string => `${stem}-${String(part).padStart(5, '0')}-of-${of}.gguf`;
  if (count > MAX_PARTS || Number(total) !== count) {
    throw modelInvalid(
      `${path} is one of ${count} parts, which its name must say, as in NAME-00001-of-${String(count).padStart(5, '0')}.gguf. Give it the name that it was published with.`,
    );
  }
  if (Number(number) !== 1) {
    throw modelInvalid(`${path} is part ${Number(number)} of ${count} of a model: open the first, ${name(1, total)}.`);
  }
  return Array.from({ length: count }, (_, part) => (part === 0 ? path : join(dirname(path), name(part + 1, total))));
}
