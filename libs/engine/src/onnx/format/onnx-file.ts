import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { modelInvalid } from '../../errors/engine.errors.js';
import { assertFetched } from '../../model/model-folder.js';
import { ReadableFile } from '../../model/readable-file.js';
import type { ExternalBytes, OnnxModel, OnnxTensor } from './onnx-model.js';
import { ProtobufError } from './protobuf-reader.js';
import { readOnnxModel } from './read-onnx-model.js';
import { tensorBytes } from './tensor-elements.js';

type Bytes = Uint8Array<ArrayBuffer>;

/** The format has no larger messages. */
const MAX_FILE_BYTES = 2 ** 31;

/** An ONNX file that is open, with the files of its tensors beside it. */
export class OnnxFile {
  readonly model: OnnxModel;
  /** By their paths. */
  private readonly files = new Map<string, ReadableFile>();

  /** @throws `model_invalid` naming the file and its fault */
  constructor(readonly path: string) {
    try {
      const file = this.open(path);
      if (file.size >= MAX_FILE_BYTES) {
        throw modelInvalid(
          `${path} has ${file.size} bytes, more than an ONNX file can: keep its tensors in a file beside it.`,
        );
      }
      this.model = parse(path, file.read(0, file.size));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The file, and those that its tensors lie in. */
  get paths(): string[] {
    const locations = new Set<string>();
    for (const { data } of this.model.graph.initializers.values()) {
      if (!(data instanceof Uint8Array)) locations.add(data.location);
    }
    return [this.path, ...[...locations].map((location) => this.pathOf(location))];
  }

  /**
   * The bytes of a tensor's elements.
   * @throws `model_invalid` naming the tensor
   */
  bytesOf({ name, type, dims, data }: OnnxTensor): Bytes {
    const expected = tensorBytes({ type, dims });
    const bytes = data instanceof Uint8Array ? data : this.external(name, data, expected);
    if (expected === undefined || bytes.length === expected) return bytes;
    throw modelInvalid(
      `${this.path}: the tensor "${name}" of ${type} [${dims.join(', ')}] takes ${expected} bytes, but has ${bytes.length}.`,
    );
  }

  /** @throws `model_invalid` naming a file that was changed since it was opened */
  assertUnchanged(): void {
    for (const file of this.files.values()) file.assertUnchanged();
  }

  close(): void {
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }

  private external(tensor: string, { location, offset, length }: ExternalBytes, expected: number | undefined): Bytes {
    const path = this.pathOf(location);
    if (!existsSync(path)) {
      throw modelInvalid(`${path} is missing, where ${this.path} has its tensor "${tensor}". Download it as well.`);
    }
    const file = this.open(path);
    const wanted = length ?? expected ?? 0;
    if (offset + wanted <= file.size) return file.read(offset, wanted);
    throw modelInvalid(`${path} ends before the tensor "${tensor}" does. Download it again.`);
  }

  private pathOf(location: string): string {
    const relative = normalize(location);
    if (isAbsolute(relative) || relative.startsWith('..')) {
      throw modelInvalid(`${this.path} has tensors in ${JSON.stringify(location)}, outside of its folder.`);
    }
    return join(dirname(this.path), relative);
  }

  private open(path: string): ReadableFile {
    let file = this.files.get(path);
    if (!file) this.files.set(path, (file = ReadableFile.open(path)));
    return file;
  }
}

function parse(path: string, bytes: Bytes): OnnxModel {
  assertFetched(path, bytes.subarray(0, 64));
  try {
    return readOnnxModel(bytes);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw modelInvalid(`${path} is no ONNX file, or a damaged one: ${error.message}.`, error);
  }
}
