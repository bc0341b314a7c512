import { readdirSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf } from '@frontier/errors';
import { modelInvalid, modelUnsupported } from '../errors/engine.errors.js';

const EXPECTED =
  'A model is a folder in the Hugging Face layout (config.json, *.safetensors, tokenizer.json), a GGUF file (*.gguf) or an ONNX file (*.onnx)';

/**
 * Proves that a path leads to a folder.
 * @throws `model_invalid`, or `model_unsupported` for files of formats that are not served
 */
export function assertModelFolder(path: string): void {
  const found = statsOf(path);
  if (found?.isDirectory()) return;
  if (!found) throw modelInvalid(`The model ${path} does not exist.`);
  const format = formatOf(path);
  if (format) throw modelUnsupported(`${path} is ${format}, which is not served. ${EXPECTED}.`);
  throw modelInvalid(`${path} is a file. ${EXPECTED}.`);
}

/** True if a path has the name of a GGUF file, and there is something that is no folder. */
export function isGgufFile(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf') && statsOf(path)?.isDirectory() === false;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw modelInvalid(`The model ${path} cannot be opened: ${messageOf(error)}.`, error);
  }
}

/** Parts of a split model after the first, and the vision parts of models. */
const NO_MODEL = /-(?!00001)\d{5}-of-\d{5}\.gguf$|mmproj/i;

/** The paths of the GGUF models in a folder that is none in the Hugging Face layout, in the order of their names. */
export function ggufModelsIn(folder: string): string[] {
  const names = readdirSync(folder).toSorted();
  if (names.includes('config.json')) return [];
  return names
    .filter((name) => !NO_MODEL.test(name) && isGgufFile(join(folder, name)))
    .map((name) => join(folder, name));
}

/** True if a folder has weights in safetensors, in it or in the folder of its transformer (sentence-transformers). */
export function hasSafetensors(folder: string): boolean {
  return ['.', '0_Transformer'].some((inner) => {
    const path = join(folder, inner);
    return (
      statsOf(path)?.isDirectory() === true &&
      readdirSync(path).some((name) => /safetensors(\.index\.json)?$/.test(name))
    );
  });
}

/** The error for a folder without `model.safetensors`, naming the format that it has instead. */
export function missingWeights(folder: string): Error {
  const names = readdirSync(folder);
  if (names.includes('adapter_model.safetensors')) {
    return modelUnsupported(
      `${folder} holds an adapter (adapter_model.safetensors). Merge it into its base model first.`,
    );
  }
  const shard = names.find((name) => name.endsWith('.safetensors'));
  if (shard) {
    return modelInvalid(
      `${join(folder, 'model.safetensors')} is missing, and so is model.safetensors.index.json, which lists shards such as ${shard}.`,
    );
  }
  const gguf = names.find((name) => name.toLowerCase().endsWith('.gguf'));
  if (gguf) return modelInvalid(`${folder} has no model.safetensors, but the GGUF file ${gguf}: name it in "path".`);
  const other = names.find((name) => formatOf(name));
  if (other) return modelUnsupported(`${folder} holds ${formatOf(other)}, ${other}, which is not served. ${EXPECTED}.`);
  return modelInvalid(`${join(folder, 'model.safetensors')} is missing.`);
}

function formatOf(path: string): string | undefined {
  const name = basename(path).toLowerCase();
  if (/\.(bin|pt|pth|ckpt)$/.test(name)) return 'a PyTorch checkpoint';
  if (/\.(h5|msgpack|tflite)$/.test(name)) return 'a checkpoint of another framework';
  return name.endsWith('.safetensors') ? 'a single safetensors file' : undefined;
}

/** The first line of a Git LFS pointer, which stands for a file that was not fetched (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md). */
const LFS_HEADER = 'version https://git-lfs.github.com/spec/';

/**
 * Proves that a file is not the pointer that Git LFS leaves in its place.
 * @throws `model_invalid`
 */
export function assertFetched(path: string, begin: Uint8Array): void {
  if (!Buffer.from(begin).toString('latin1').startsWith(LFS_HEADER)) return;
  throw modelInvalid(
    `${path} is a Git LFS pointer, not the file itself. Run "git lfs pull" in its folder, or download it.`,
  );
}
